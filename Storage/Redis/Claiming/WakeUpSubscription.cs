using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>
/// Passes wake-ups from the server on to the consumers of this process; one subscription serves them all. Where the server refuses it,
/// consumers poll more often instead, and the subscription is tried again from time to time.
/// </summary>
internal sealed partial class WakeUpSubscription(QueueServer server, ILogger log)
{
    private const string Work = "wake-ups";

    /// <summary>The longest that a message waits where no wake-up comes.</summary>
    private static readonly TimeSpan Polling = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly List<Action<int>> _listeners = [];
    private Task? _subscribed;
    private long _failedAt;
    private bool _failed;

    /// <summary>Called when operators' rules have changed.</summary>
    public Action? RulesChanged { get; set; }

    /// <summary>How long a partition is left alone while nothing in it is due.</summary>
    public TimeSpan Poll => !IsHeard && Polling < server.Options.PollInterval ? Polling : server.Options.PollInterval;

    private bool IsHeard => Volatile.Read(ref _subscribed) is { IsCompletedSuccessfully: true };

    /// <summary>Never throws: the claim that follows shows whether the server is there.</summary>
    public async ValueTask SubscribeAsync()
    {
        Task subscribed;
        lock (_gate)
        {
            if (_failed && server.Time.GetElapsedTime(_failedAt) < Again)
                return;
            server.Restored = Resubscribe;
            if (_subscribed is null or { IsFaulted: true } or { IsCanceled: true })
                _subscribed = server.SubscribeAsync(Hear);
            subscribed = _subscribed;
        }
        try
        {
            await subscribed;
            _failed = false;
            if (server.Troubles.End(Work))
                LogSubscribed(log);
        }
        catch (QueueUnavailableException)
        {
            // The connection for wake-ups opens beside the one that claims, and may be the later one: tried again when it is there.
        }
        catch (Exception refused)
        {
            lock (_gate)
                (_failed, _failedAt) = (true, server.Time.GetTimestamp());
            var problem = $"The queue is polled every {Poll.TotalSeconds:0.###} s, because this process cannot subscribe to its channel '{server.WakeChannel}': {refused.Message}";
            if (server.Troubles.Begin(Work, problem, severe: false))
                LogPolling(log, problem);
        }
    }

    public void Add(Action<int> listener)
    {
        lock (_gate)
            _listeners.Add(listener);
    }

    public void Remove(Action<int> listener)
    {
        lock (_gate)
            _listeners.Remove(listener);
    }

    /// <summary>All partitions are asked once the channel is heard again.</summary>
    private void Resubscribe()
    {
        lock (_gate)
            _subscribed = null;
        foreach (var partition in server.Partitions)
            Wake(partition.Index);
    }

    /// <summary>A partition's index when its earliest message has changed, or "rules".</summary>
    private void Hear(RedisValue news)
    {
        if (news.TryParse(out int partition))
            Wake(partition);
        else if (news == "rules")
            RulesChanged?.Invoke();
    }

    private void Wake(int partition)
    {
        lock (_gate)
        {
            foreach (var listener in _listeners)
                listener(partition);
        }
    }

    [LoggerMessage(33, LogLevel.Warning, "{Problem}")]
    private static partial void LogPolling(ILogger log, string problem);

    [LoggerMessage(34, LogLevel.Information, "Subscribed to the queue's channel; new messages are seen at once again")]
    private static partial void LogSubscribed(ILogger log);
}

using Microsoft.Extensions.Logging;

namespace Slimta.Storage.Redis;

/// <summary>
/// Keeps the rules of a process that takes messages fresh: one read every two seconds, and one at once when the queue's channel tells of a
/// change. While the server is away, the rules last read stay in force.
/// </summary>
internal sealed partial class RuleKeeper(QueueServer server, RedisRules rules, ILogger log) : IAsyncDisposable
{
    private const string Work = "rules";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private TaskCompletionSource _changed = New();
    private TaskCompletionSource _refreshed = New();
    private Task? _loop;

    /// <summary>Completes when the rules have been read for the first time: before that no message may be taken.</summary>
    /// <exception cref="QueueException"/>
    public ValueTask StartAsync(WakeUpSubscription wakeUps, CancellationToken cancellationToken) =>
        Volatile.Read(ref _loop) is not null ? default : new(BeginAsync(wakeUps, cancellationToken));

    /// <summary>Completes when the rules have been read again.</summary>
    public Task RefreshedAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
            return _refreshed.Task.WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_loop is not null)
            await _loop;
    }

    private async Task BeginAsync(WakeUpSubscription wakeUps, CancellationToken cancellationToken)
    {
        await rules.RefreshAsync(cancellationToken);
        lock (_gate)
        {
            wakeUps.RulesChanged = Changed;
            _loop ??= Task.Run(RunAsync, CancellationToken.None);
        }
    }

    private void Changed()
    {
        lock (_gate)
            _changed.TrySetResult();
    }

    private async Task RunAsync()
    {
        while (true)
        {
            Task changed;
            lock (_gate)
                changed = _changed.Task;
            await changed.WaitAsync(Interval, server.Time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stop.IsCancellationRequested)
                return;
            lock (_gate)
                _changed = _changed.Task.IsCompleted ? New() : _changed;
            try
            {
                await rules.RefreshAsync(_stop.Token);
                server.Troubles.End(Work);
            }
            catch (Exception error)
            {
                // The loop outlives every exception: without it no pause would ever end.
                if (!_stop.IsCancellationRequested && server.Troubles.Begin(Work, $"The rules cannot be read; those last read stay in force: {error.Message}", severe: false))
                    LogNotRead(log, error.Message);
            }
            lock (_gate)
            {
                _refreshed.TrySetResult();
                _refreshed = New();
            }
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(51, LogLevel.Warning, "The rules cannot be read; those last read stay in force: {Reason}")]
    private static partial void LogNotRead(ILogger log, string reason);
}

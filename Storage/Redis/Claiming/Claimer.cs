using System.Diagnostics;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>
/// Claims the messages that are due, and fetches them: one script for each partition, then one burst of reads, however many messages.
/// </summary>
internal sealed partial class Claimer(
    RedisStorage storage, QueueServer server, LeaseKeeper keeper, MessageReader reader, Settler settler, ILogger log)
{
    // Holds the server's one thread for a millisecond, and at worst for less than five.
    private const int MostPerCall = 64;

    /// <summary>
    /// The share of a claim that is taken from the newest, where more is due than one claim takes: so new mail passes mail that cannot be
    /// delivered yet.
    /// </summary>
    private const double NewestShare = 0.25;

    /// <summary>The server writes 64 KiB a turn to a connection: about so many messages of 4 KiB.</summary>
    private const int ReadsPerConnection = 16;

    private const int Header = 5;
    private const int PerMessage = 4;

    /// <summary>A message that was handed out this often and never settled is tried alone from then on.</summary>
    private readonly int _suspectFrom = Math.Clamp(server.Options.MaxHandOuts - 1, 1, 2);

    /// <summary>Up to <paramref name="most"/> messages of one partition; tells when its next is due.</summary>
    /// <exception cref="QueueException"/>
    public Task<ClaimResult> ClaimAsync(Partition partition, int most, ClaimRoom room) =>
        ClaimAsync(partition, Script.Claim,
            [partition.Schedule, partition.Leases, partition.State, partition.Held, partition.Reasons],
            [Math.Min(most, MostPerCall), .. Arguments(partition), Newest(Math.Min(most, MostPerCall)), MostPerCall], room);

    /// <summary>On the average also where there is room for one only.</summary>
    private static int Newest(int most) => (int)(most * NewestShare + Random.Shared.NextDouble());

    /// <summary>One message that is suspected of killing relays, for a process that has lived so long and holds nothing else.</summary>
    /// <exception cref="QueueException"/>
    public Task<ClaimResult> ClaimSuspectAsync(Partition partition, TimeSpan age, ClaimRoom room) =>
        ClaimAsync(partition, Script.Suspect, [partition.Schedule, partition.Leases, partition.State],
            [.. Arguments(partition), Microseconds.Of(age)], room);

    private RedisValue[] Arguments(Partition partition) =>
    [
        Microseconds.Of(server.Options.Lease), Microseconds.Of(server.Options.HeartbeatTimeout), server.Holder, server.WakeChannel,
        partition.Index, _suspectFrom, server.Options.MaxHandOuts, Strikes.EnoughAlone(server.Options.MaxHandOuts), Microseconds.Of(Trials.First),
    ];

    private async Task<ClaimResult> ClaimAsync(Partition partition, Script script, RedisKey[] keys, RedisValue[] arguments, ClaimRoom room)
    {
        var mark = await server.MarkAsync("claim");
        var (asked, deadline) = (server.Time.GetTimestamp(), keeper.DeadlineFromNow());
        var started = server.Time.GetUtcNow();
        // Not cancelled halfway: this process must know which messages the server has leased to it.
        var reply = (RedisResult[])(await server.RunAsync(script, keys, arguments, CancellationToken.None))!;
        var now = (long)reply[0];
        TimeSpan? next = string.IsNullOrEmpty((string?)reply[1]) ? null : TimeSpan.FromMicroseconds(Math.Max(0, (long)reply[1] - now));
        if (int.TryParse((string?)reply[2], out var partitions) && partitions <= Partition.Most && server.Learn(partitions))
            next = TimeSpan.Zero;
        TimeSpan? suspects = (string?)reply[3] is { Length: > 0 } ? TimeSpan.FromMicroseconds((long)reply[3]) : null;
        if (reply.Length == Header)
            return new ClaimResult([], next, suspects, 0);

        // With strays only, nothing is in hand.
        var presence = (string?)reply[4] is { Length: > 0 } ? keeper.Presences.Confirm(partition, (long)reply[4], asked) : null;
        var until = Microseconds.ToTime(now + Microseconds.Of(server.Options.Lease));
        var claims = new List<Claim>((reply.Length - Header) / PerMessage);
        var connection = server.NextBodyConnection();
        for (var i = Header; i < reply.Length; i += PerMessage)
        {
            if ((string)reply[i + 1]! is "")
            {
                LogStray(log, partition.Schedule.ToString(), (string)reply[i]!);
                continue;
            }
            if (claims.Count > 0 && claims.Count % ReadsPerConnection == 0)
                connection = server.NextBodyConnection();
            var lease = new LiveLease(partition, (string)reply[i]!, (string)reply[i + 1]!, until, server.Time, deadline, presence!);
            claims.Add(new(lease, Microseconds.ToTime((long)reply[i + 2]), Strikes.Parse((string)reply[i + 3]!),
                reader.ReadAsync(partition, lease.Id, connection)));
            lease.LeftRoom = room.Leave;
            room.Use();
            keeper.Keep(lease);
        }
        var trials = claims.Count == 0 ? 0 : claims[0].Strikes.HandOuts - _suspectFrom;
        return new ClaimResult(await FetchAsync(partition, claims, mark, started), next, suspects, trials);
    }

    private async Task<List<RedisEntry>> FetchAsync(Partition partition, List<Claim> claims, string mark, DateTimeOffset started)
    {
        try
        {
            // The claims reach the disk while the messages are on their way.
            await server.DurableAsync("claim", mark);
            var entries = new List<RedisEntry>(claims.Count);
            foreach (var claim in claims)
            {
                if (await FetchAsync(partition, claim) is { } message)
                    entries.Add(Entry(claim, message, started));
            }
            return entries;
        }
        catch (Exception)
        {
            // The server has leased them to us, but we cannot use them; they fall due when the lease runs out.
            foreach (var claim in claims)
            {
                await ((Task)claim.Message).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                claim.Lease.Lose();
            }
            throw;
        }
    }

    /// <summary>The message, or null if it cannot be handed out: then it is on hold, with the reason, and blocks no other.</summary>
    private async Task<QueuedMessage?> FetchAsync(Partition partition, Claim claim)
    {
        string reason;
        try
        {
            var message = await claim.Message;
            if (message is null)
            {
                LogNothingThere(log, claim.Lease.Id);
                await SettleAsync(partition, claim.Lease, new(claim.Lease.Id, SettleAction.Remove));
                return null;
            }
            if (!claim.Strikes.Convict(server.Options.MaxHandOuts))
                return message;
            reason = $"handed out {claim.Strikes.HandOuts} times without an attempt being counted; {claim.Strikes.Alone} of these times the relay had nothing else in hand and died";
        }
        catch (QueueFormatException unreadable)
        {
            reason = unreadable.Message;
        }
        catch (QueueException unread) when (!ConcernsAll(unread))
        {
            // It falls due again when the lease runs out.
            LogNotRead(log, claim.Lease.Id, unread.Message);
            claim.Lease.Lose();
            return null;
        }
        LogHeld(log, claim.Lease.Id, reason);
        await SettleAsync(partition, claim.Lease, new(claim.Lease.Id, SettleAction.Hold) { Argument = reason });
        return null;
    }

    /// <summary>Settles this message alone: an error here must not fail the others.</summary>
    private async Task SettleAsync(Partition partition, LiveLease lease, MessageChange change)
    {
        try
        {
            await settler.ChangeAsync(partition, change with { Token = lease.Token }, CancellationToken.None);
            lease.End();
        }
        catch (LeaseLostException)
        {
            lease.Lose();
        }
        catch (QueueException error) when (!ConcernsAll(error))
        {
            LogNotRead(log, lease.Id, error.Message);
            lease.Lose();
        }
    }

    /// <summary>The server is away or refuses us; anything else is about one message, or one partition.</summary>
    public static bool ConcernsAll(Exception error) => error is QueueUnavailableException or QueueAccessException or UnsafeServerException;

    private RedisEntry Entry(Claim claim, QueuedMessage message, DateTimeOffset started)
    {
        QueueTelemetry.Consumed.Add(1, new KeyValuePair<string, object?>("messaging.destination.name", server.Telemetry.Queue));
        using var span = Span(claim, message, started);
        return new RedisEntry(storage, claim.Due, claim.Lease, message)
        {
            TraceContext = message.Attempts == 0 ? message.TraceContext : span?.Context ?? default,
        };
    }

    /// <summary>The first attempt goes on in the write's trace; a later one has its own trace, linked to it.</summary>
    private Activity? Span(Claim claim, QueuedMessage message, DateTimeOffset started)
    {
        var name = $"wait {server.Telemetry.Queue}";
        var first = message.Attempts == 0 || message.TraceContext == default;
        var span = QueueTelemetry.Source.CreateActivity(name, ActivityKind.Client,
            first ? message.TraceContext : new ActivityContext(ActivityTraceId.CreateRandom(), default, ActivityTraceFlags.Recorded),
            links: first ? null : [new ActivityLink(message.TraceContext)]);
        if (span is null)
            return null;
        span.SetStartTime(started.UtcDateTime).Start();
        if (span.IsAllDataRequested)
        {
            server.Telemetry.Describe(span, "wait", "receive", claim.Lease.Id);
            span.SetTag("slimta.message.attempts", message.Attempts);
        }
        return span;
    }

    private sealed record Claim(LiveLease Lease, DateTimeOffset Due, Strikes Strikes, Task<QueuedMessage?> Message);

    [LoggerMessage(20, LogLevel.Warning, "{Id}: removed from the schedule, because it has no content")]
    private static partial void LogNothingThere(ILogger log, string id);

    [LoggerMessage(22, LogLevel.Warning, "{Key}: removed an entry that is not a message's id: {Entry}")]
    private static partial void LogStray(ILogger log, string key, string entry);

    [LoggerMessage(23, LogLevel.Error, "{Id}: could be neither read nor held; tried again when its lease runs out: {Reason}")]
    private static partial void LogNotRead(ILogger log, string id, string reason);

    [LoggerMessage(21, LogLevel.Error, "{Id}: held: {Reason}")]
    private static partial void LogHeld(ILogger log, string id, string reason);
}

/// <param name="Next">Until the partition's next message is due; null if it has no other.</param>
/// <param name="Suspects">Suspects wait, which are only handed out alone: how long this process must have lived to try one; null if none waits.</param>
/// <param name="Trials">For a suspect: how often it was handed out since it became one.</param>
internal sealed record ClaimResult(List<RedisEntry> Entries, TimeSpan? Next, TimeSpan? Suspects, int Trials)
{
    public static ClaimResult None => new([], null, null, 0);
}

/// <summary>The evidence against a message.</summary>
/// <param name="HandOuts">How often it was handed out and not settled.</param>
/// <param name="Alone">How often of these its relay had nothing else in hand.</param>
internal readonly record struct Strikes(int HandOuts, int Alone)
{
    private const int MostAlone = 3;

    public static Strikes Parse(string text) => text.Split('.') switch
    {
        [var all, var alone] => new(int.Parse(all), int.Parse(alone)),
        _ => new(int.Parse(text), 0),
    };

    /// <summary>A relay may be killed for other reasons at any time: once alone proves nothing yet.</summary>
    public bool Convict(int maxHandOuts) => HandOuts >= maxHandOuts && Alone >= EnoughAlone(maxHandOuts);

    public static int EnoughAlone(int maxHandOuts) => Math.Clamp(maxHandOuts - 1, 1, MostAlone);
}

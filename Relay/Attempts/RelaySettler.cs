using Slimta.Storage;

namespace Slimta.Relay.Attempts;

/// <summary>
/// Writes the end of an attempt to the queue: again and again while the lease lives, for a message that was sent must not be sent twice.
/// </summary>
internal sealed class RelaySettler(IQueueStorage storage, QueueGate gate, TimeProvider time, ILogger<RelayWorker> log)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>Where a report does not fit into the queue, the message stays and is tried again after this long.</summary>
    private static readonly TimeSpan NoRoomForReport = TimeSpan.FromMinutes(5);

    private int _trying;

    /// <summary>A caller is finding out whether the queue is back.</summary>
    public bool IsTrying => Volatile.Read(ref _trying) > 0;

    // 5 Settle
    public async Task<AttemptOutcome> SettleAsync(QueueEntry entry, AttemptEnd end, CancellationToken cancellationToken)
    {
        if (end.Settlement is not { } settlement)
        {
            var wait = end.Plan.RetryAfter ?? TimeSpan.Zero;
            return await TryAsync(entry, () => storage.SetTimestampAsync(entry.Id, Due.TurnAfter(wait), entry.Lease, CancellationToken.None), AttemptOutcome.Postponed, cancellationToken);
        }
        try
        {
            return await TryAsync(entry, () => entry.SettleAsync(settlement, CancellationToken.None), AttemptOutcomes.Of(settlement), cancellationToken);
        }
        catch (QueueFullException e) when (settlement.NewMessages.Count > 0)
        {
            RelayLog.NoRoomForReport(log, entry.Id, e.Message);
            var delivered = RecipientResults.Delivered(end.Results);
            var later = Settlement.Retry(Due.After(NoRoomForReport)) with { Completed = delivered, Attempt = settlement.Attempt };
            return await TryAsync(entry, () => entry.SettleAsync(later, CancellationToken.None), AttemptOutcomes.Of(later), cancellationToken);
        }
        catch (Exception e) when (settlement.Kind != SettlementKind.Hold && e is ArgumentException or QueueException and not (QueueAccessException or QueueFullException))
        {
            return await HoldAsync(entry, end, settlement, e, cancellationToken);
        }
    }

    /// <summary>Given back, it would be sent again at once, and again.</summary>
    private async Task<AttemptOutcome> HoldAsync(QueueEntry entry, AttemptEnd end, Settlement settlement, Exception error, CancellationToken cancellationToken)
    {
        RelayLog.HeldInstead(log, entry.Id, error.Message);
        var delivered = RecipientResults.Delivered(end.Results);
        var hold = Settlement.Hold($"The end of an attempt could not be written: {error.Message}") with { Completed = delivered, Attempt = settlement.Attempt };
        return await TryAsync(entry, () => entry.SettleAsync(hold, CancellationToken.None), AttemptOutcomes.Of(hold), cancellationToken);
    }

    private async Task<AttemptOutcome> TryAsync(QueueEntry entry, Func<Task> change, AttemptOutcome done, CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        Interlocked.Increment(ref _trying);
        try
        {
            while (true)
            {
                try
                {
                    await change();
                    if (gate.Open())
                        RelayLog.QueueBack(log);
                    return done;
                }
                catch (QueueUnavailableException e)
                {
                    if (gate.Close())
                        RelayLog.QueueAway(log, e.Message);
                }
                if (!entry.Lease.MaySettle || cancellationToken.IsCancellationRequested)
                    return AttemptOutcome.Unsettled;
                await Task.Delay(pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
        catch (LeaseLostException)
        {
            return AttemptOutcome.Lost;
        }
        finally
        {
            Interlocked.Decrement(ref _trying);
        }
    }
}

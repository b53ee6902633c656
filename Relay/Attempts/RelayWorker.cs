using Microsoft.Extensions.Options;
using Slimta.Domains;
using Slimta.Smtp;
using Slimta.Storage;

namespace Slimta.Relay.Attempts;

/// <summary>Takes messages that are due, has them delivered, and settles them: many at once, until told to stop.</summary>
internal sealed class RelayWorker(
    IQueueStorage storage, Attempt attempt, RelaySettler settler, QueueGate gate, LaneSet lanes, RuleSource rules, RelayIdentity identity,
    IOptions<RelayOptions> options, IOptions<QueueOptions> queue, TimeProvider time, ILogger<RelayWorker> log) : BackgroundService
{
    /// <summary>To settle those that were stopped, within what the host gives after <see cref="RelayOptions.StopTimeout"/>.</summary>
    private static readonly TimeSpan LastSettles = TimeSpan.FromSeconds(5);

    private readonly string _queue = queue.Value.Prefix.TrimEnd(':');
    private readonly CancellationTokenSource _giveUp = new();
    private readonly CancellationTokenSource _abandon = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running = 1;

    public override void Dispose()
    {
        _giveUp.Dispose();
        _abandon.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        RelayLog.Started(log, options.Value.Concurrency, identity.HelloName);
        if (!DomainName.IsFullyQualified(identity.HelloName) && !NextHop.AllAreHere(options.Value))
            RelayLog.ShortName(log, identity.HelloName);
        UnprotectedRoutes.Say(options.Value, log);
        try
        {
            // As many again may wait, for a busy destination, without taking a place from those that can be delivered.
            await foreach (var entry in storage.WaitAsync(options.Value.Concurrency * 2, stoppingToken))
            {
                if (!gate.IsOpen && !settler.IsTrying && gate.Open())
                    RelayLog.QueueBack(log);
                Interlocked.Increment(ref _running);
                _ = Task.Run(() => HandleAsync(entry), CancellationToken.None);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
        finally
        {
            await DrainAsync();
        }
    }

    private async Task DrainAsync()
    {
        RelayLog.Stopping(log, Volatile.Read(ref _running) - 1, options.Value.StopTimeout);
        lanes.Stop();
        Leave();
        if (await EndedWithinAsync(options.Value.StopTimeout))
            return;
        RelayLog.StoppedShort(log, Volatile.Read(ref _running));
        await _giveUp.CancelAsync();
        if (!await EndedWithinAsync(LastSettles))
            await _abandon.CancelAsync();
    }

    private async Task<bool> EndedWithinAsync(TimeSpan timeout)
    {
        await _idle.Task.WaitAsync(timeout, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _idle.Task.IsCompleted;
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _running) == 0)
            _idle.TrySetResult();
    }

    private async Task HandleAsync(QueueEntry entry)
    {
        var started = time.GetTimestamp();
        var activity = RelayTelemetry.StartAttempt(entry, _queue);
        var outcome = AttemptOutcome.Released;
        try
        {
            outcome = await DeliverAsync(entry);
        }
        catch (Exception e)
        {
            // The worker outlives any message.
            RelayLog.Broke(log, entry.Id, e);
        }
        finally
        {
            var duration = time.GetElapsedTime(started);
            RelayLog.Settled(log, entry.Id, entry.Message.Attempts + 1, outcome.Name(), duration.TotalMilliseconds);
            RelayTelemetry.EndAttempt(activity, outcome, duration);
            await entry.DisposeAsync();
            Leave();
        }
    }

    private async Task<AttemptOutcome> DeliverAsync(QueueEntry entry)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(entry.Lease.Lost, _giveUp.Token);
        AttemptEnd end;
        try
        {
            await gate.WaitAsync(stop.Token);
            // The storage hands out nothing while the queue is paused; this one was on its way.
            if (rules.Current.QueuePause is not null)
                return AttemptOutcome.Released;
            end = await attempt.RunAsync(new LeasedDelivery(entry, log, stop.Token));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return entry.Lease.MaySettle ? AttemptOutcome.Released : AttemptOutcome.Lost;
        }
        catch (Exception e) when (e is QueueUnavailableException or QueueAccessException)
        {
            if (gate.Close())
                RelayLog.QueueAway(log, e.Message);
            return AttemptOutcome.Released;
        }
        catch (QueueException e)
        {
            end = AttemptEnd.Hold(e.Message);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            RelayLog.Broke(log, entry.Id, e);
            end = AttemptEnd.Hold($"delivery threw: {e.GetType().Name}: {e.Message}");
        }
        if (!await rules.ParkAsync(entry.Id, end.Plan.PausedBy))
            end = end.Sooner();
        var outcome = await settler.SettleAsync(entry, end, _abandon.Token);
        await rules.RecheckAsync(entry.Id, end.Plan.PausedBy);
        Record(entry, end, outcome);
        return outcome;
    }

    private void Record(QueueEntry entry, AttemptEnd end, AttemptOutcome outcome)
    {
        var plan = end.Plan;
        if (!plan.IsPostponed)
        {
            foreach (var result in end.Results)
                RelayTelemetry.Outcome(result);
        }
        foreach (var group in end.Results.Where(result => result.Outcome == DeliveryOutcome.Unknown).GroupBy(result => result.Host))
            RelayLog.Unknown(log, entry.Id, group.Key, RelayLog.Recipients(group.Count()));
        foreach (var group in end.Results.Where(result => result.Outcome == DeliveryOutcome.Transient).GroupBy(result => (result.Host, result.Status)))
            RelayLog.Deferred(log, entry.Id, RelayLog.Recipients(group.Count()), group.Key.Host ?? "no server", group.Key.Status);
        if (plan.Failed > 0)
        {
            var failed = plan.Failures.First();
            var first = end.Results.First(result => result.Recipient.Index == failed);
            RelayLog.Failed(log, entry.Id, RelayLog.Recipients(plan.Failed), first.Host ?? "no server", first.Status, plan.Expired, plan.Unreported);
        }
        foreach (var group in end.Results.Where(result => result.Rule is not null).GroupBy(result => result.Rule!))
        {
            RelayTelemetry.Ruled(group.Key.Action, group.Count());
            if (group.Key.Action == RuleAction.Drop && !outcome.IsUncertain())
                RelayLog.Dropped(log, entry.Id, RelayLog.Recipients(group.Count()), group.Key.Id, Printable.Text($"{group.Key}"));
        }
        if (plan.HoldReason is { } reason)
            RelayLog.Held(log, entry.Id, reason);
        RelayTelemetry.Reported(plan);
        switch (outcome)
        {
            case AttemptOutcome.Lost:
                RelayLog.Lost(log, entry.Id);
                break;
            case AttemptOutcome.Unsettled:
                RelayLog.Unsettled(log, entry.Id);
                break;
            case AttemptOutcome.Done when !end.Results.All(result => result.Outcome == DeliveryOutcome.Dropped) && entry.Message.Envelope.Received != default:
                RelayTelemetry.Done(time.GetUtcNow() - entry.Message.Envelope.Received);
                break;
            default:
                break;
        }
    }
}

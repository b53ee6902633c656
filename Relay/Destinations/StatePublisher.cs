using Slimta.Storage;

namespace Slimta.Relay.Destinations;

/// <summary>
/// Publishes this relay's state for operators: often while it does something, otherwise now and then, so that they see that it lives. A state
/// that is no longer published shows that it died.
/// </summary>
internal sealed class StatePublisher(LaneStates lanes, TimeProvider time, ILogger<StatePublisher> log, IRelayStates? states = null) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(15);

    /// <summary>A relay that misses two counts as gone.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan IdleLifetime = TimeSpan.FromSeconds(40);

    /// <summary>A server that is away keeps no stop waiting.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    private bool _told;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (states is null)
            return;
        using var patience = new CancellationTokenSource(Farewell, time);
        await TellAsync(lanes.Read(), TimeSpan.FromMilliseconds(1), patience.Token);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (states is null)
            return;
        var (idle, told, last) = (false, (long?)null, (RelayState?)null);
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            var state = lanes.Read();
            var wasIdle = idle;
            idle = !state.Destinations.Any(destination => destination.Limit > 0);
            // The end of all work is published at once, and so is what a short delivery in between has changed.
            if (idle && wasIdle && told is { } at && time.GetElapsedTime(at) < IdleInterval && last!.Destinations.SequenceEqual(state.Destinations))
                continue;
            last = state;
            told = await TellAsync(state, idle ? IdleLifetime : Lifetime, stoppingToken) ? time.GetTimestamp() : null;
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<bool> TellAsync(RelayState state, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        try
        {
            await states!.PublishAsync(state, lifetime, cancellationToken).WaitAsync(cancellationToken);
            _told = false;
            return true;
        }
        catch (Exception error)
        {
            // The state is for display alone; other code reports that the queue is away.
            if (!_told && error is not (QueueUnavailableException or OperationCanceledException))
                RelayLog.StateNotTold(log, error.Message);
            _told = true;
            return false;
        }
    }
}

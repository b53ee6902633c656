using Slimta.Storage;

namespace Slimta.Relay.Destinations;

/// <summary>Tells operators what this relay is doing, as long as it does something: who asks may see that it died.</summary>
internal sealed class StatePublisher(LaneStates lanes, TimeProvider time, ILogger<StatePublisher> log, IRelayStates? states = null) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    /// <summary>One that misses two is taken for gone.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (states is null)
            return;
        using var timer = new PeriodicTimer(Interval, time);
        var (told, idle) = (false, false);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var state = lanes.Read();
                // That nothing is done any more is told once.
                if (state.Destinations.Count == 0 && idle)
                    continue;
                await states.PublishAsync(state, Lifetime, stoppingToken);
                (idle, told) = (state.Destinations.Count == 0, false);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                // It is for the eye alone; that the queue is away is told elsewhere.
                if (!told && error is not QueueUnavailableException)
                    RelayLog.StateNotTold(log, error.Message);
                told = true;
            }
        }
    }
}

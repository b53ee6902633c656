using Slimta.Relay;
using Slimta.Smtp.Client;

namespace Slimta.Tests.Relay;

public sealed class LaneSetTests
{
    private readonly WatchedTime _time = new(Timeout.InfiniteTimeSpan);

    [Fact]
    public async Task Lanes_are_looked_at_while_there_are_any_and_the_clock_rests_while_there_are_none()
    {
        using var lanes = new LaneSet(new RelayOptions(), _time);
        await _time.BegunAsync();
        for (var i = 0; i < 3; i++)
        {
            var entry = lanes.For(new Destination("example.org", [], Security.Opportunistic, false));
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.Same(entry, lanes.For(entry.Lane.Destination));
            entry.Done();
            entry.Done();
            // Only a look that goes on puts the clock to rest.
            _time.Advance(TimeSpan.FromSeconds(1));
            await _time.BegunAsync();
        }
    }
}

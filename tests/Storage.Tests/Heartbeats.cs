using Slimta.Storage.Redis;

namespace Slimta.Storage.Tests;

public sealed class Heartbeats
{
    /// <summary>Without it nothing but the rest of an idle process is lost; <see cref="Outages"/> shows that connections come back.</summary>
    [Fact]
    public void The_client_still_has_the_heartbeat_that_one_timer_gives_to_all_connections() => Assert.True(Heartbeat.IsShared);
}

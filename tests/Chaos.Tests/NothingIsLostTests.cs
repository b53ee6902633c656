using Xunit.Abstractions;

namespace Slimta.Chaos.Tests;

/// <summary>The harness, for as long as a build can wait. By hand it runs longer: docs/reliability.md.</summary>
public sealed class NothingIsLostTests(ITestOutputHelper output)
{
    [Fact]
    public Task Edges_and_relays_on_redis() => HoldsAsync(ServerKind.Redis, minutes: 1.5);

    [Fact]
    public Task Standalone_on_its_folder() => HoldsAsync(ServerKind.Garnet, minutes: 0.75);

    private async Task HoldsAsync(ServerKind server, double minutes)
    {
        // A run ends by itself: where it does not, what it said tells how far it came, before the hang limit ends the process.
        var outcome = await ChaosRun.RunAsync(new ChaosOptions { Server = server, Minutes = minutes, Say = output.WriteLine }).WaitAsync(TimeSpan.FromMinutes(5.5));
        output.WriteLine(outcome.Report);
        Assert.True(outcome.Failures.Count == 0, $"{outcome.Failures.Count} failures; their histories are in the output (seed {outcome.Options.Seed})");
        Assert.True(outcome.Accepted > 0, "no message was accepted");
        Assert.True(outcome.Journal.Orders.Any(call => call.Succeeded), "no order was answered");
        // Every step of a message's way was struck at least once.
        Assert.Empty(outcome.Points.GroupBy(point => point.Instant).Where(instant => !instant.Any(outcome.Hits.ContainsKey)).Select(instant => instant.Key));
    }
}

using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Slimta.Storage.Redis;
using Slimta.Storage.Tests.Support;

namespace Slimta.Storage.Tests;

/// <summary>The storage's metrics, as docs/reference/telemetry.md lists them.</summary>
public sealed class MetricsTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Operations_are_timed_and_messages_and_leases_counted()
    {
        var queue = $"q{Guid.NewGuid().ToString("N")[..10]}";
        var seen = new ConcurrentQueue<(string Name, double Value, Dictionary<string, object?> Tags)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == QueueTelemetry.Name)
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((i, value, tags, _) => seen.Enqueue((i.Name, value, Tags(tags))));
        listener.SetMeasurementEventCallback<long>((i, value, tags, _) => seen.Enqueue((i.Name, value, Tags(tags))));
        listener.Start();

        await using var storage = new RedisStorage(redis.Settings, new QueueOptions { Prefix = queue + ":", BodyConnections = 1 });
        await storage.WriteAsync(Mail.ToThree());
        await foreach (var entry in storage.WaitAsync())
        {
            await entry.SettleAsync(Settlement.Remove());
            break;
        }
        await Assert.ThrowsAsync<KeyNotFoundException>(() => storage.GetAsync("0-00000000000000000000000000"));

        var ours = seen.Where(m => queue.Equals(m.Tags.GetValueOrDefault("messaging.destination.name"))).ToList();
        Assert.Equal(1, Assert.Single(ours, m => m.Name == "messaging.client.sent.messages").Value);
        Assert.Equal(1, Assert.Single(ours, m => m.Name == "messaging.client.consumed.messages").Value);
        var durations = ours.Where(m => m.Name == "messaging.client.operation.duration").ToList();
        Assert.Equal(["get", "settle", "write"], durations.Select(m => $"{m.Tags["messaging.operation.name"]}").Order());
        Assert.All(durations, m => Assert.True(m.Value > 0));
        Assert.Equal("KeyNotFoundException", Assert.Single(durations, m => m.Tags.ContainsKey("error.type")).Tags["error.type"]);
        Assert.Contains(seen, m => m is { Name: "slimta.queue.leases", Value: 1 });
        Assert.Contains(seen, m => m is { Name: "slimta.queue.leases", Value: -1 });
    }

    private static Dictionary<string, object?> Tags(ReadOnlySpan<KeyValuePair<string, object?>> tags) => new([.. tags]);
}

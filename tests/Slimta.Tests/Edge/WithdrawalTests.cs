using Slimta.Edge;
using Slimta.Storage;

namespace Slimta.Tests.Edge;

/// <summary>What becomes of a message that was written after its client had been told to come back is counted.</summary>
[Collection("edge")]
public sealed class WithdrawalTests(RedisServer redis)
{
    private readonly Envelope _envelope = new() { Sender = "a@a.test", Recipients = ["b@b.test"], Content = "\r\n"u8.ToArray() };

    private Task<EdgeHost> StartAsync() => EdgeHost.StartAsync(redis.Process.ConnectionString);

    [Fact]
    public async Task One_that_no_relay_has_taken_is_withdrawn()
    {
        await using var host = await StartAsync();
        var id = await host.Queue.WriteAsync(_envelope);
        Assert.Equal("withdrawn", await WithdrawAsync(host, id));
        Assert.Empty(await host.QueuedAsync());
        var ended = (await ((IQueueHistory)host.Queue).FindEndedAsync(id))!;
        Assert.Equal((EndOutcome.Dropped, "the edge"), (ended.Outcome, ended.By));
        Assert.StartsWith("withdrawn: ", ended.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_a_relay_has_taken_may_arrive_twice()
    {
        await using var host = await StartAsync();
        var id = await host.Queue.WriteAsync(_envelope);
        await foreach (var taken in host.Queue.WaitAsync(1))
        {
            Assert.Equal("duplicate", await WithdrawAsync(host, id));
            await taken.DisposeAsync();
            break;
        }
        Assert.Single(await host.QueuedAsync());
    }

    [Fact]
    public async Task One_that_was_delivered_meanwhile_may_arrive_twice()
    {
        await using var host = await StartAsync();
        var id = await host.Queue.WriteAsync(_envelope);
        await host.Queue.RemoveAsync(id);
        Assert.Equal("duplicate", await WithdrawAsync(host, id));
    }

    [Fact]
    public async Task One_that_may_never_have_been_written_is_looked_for()
    {
        await using var host = await StartAsync();
        await using var content = host.Queue.BeginWrite();
        var unknown = Task.FromException<string>(new QueueUnavailableException("no reply", outcomeUnknown: true));
        Assert.Equal("absent", await WithdrawAsync(host, content.Id, unknown));
    }

    private static async Task<string> WithdrawAsync(EdgeHost host, string id, Task<string>? write = null)
    {
        using var counted = new Counts(EdgeTelemetry.Name);
        host.Withdrawals.Begin(id, write ?? Task.FromResult(id), host.Queue.BeginWrite(), harmless: false);
        await host.Withdrawals.WhenIdle();
        const string Counter = "slimta.edge.withdrawals ";
        return Assert.Single(counted, line => line.StartsWith(Counter, StringComparison.Ordinal))[Counter.Length..];
    }
}

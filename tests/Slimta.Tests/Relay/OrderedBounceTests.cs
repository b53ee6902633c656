using System.Text;
using Slimta.Storage;

namespace Slimta.Tests.Relay;

/// <summary>What an operator orders to be bounced.</summary>
[Collection("relay")]
public sealed class OrderedBounceTests(RedisServer redis)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_sender_is_told_the_operators_words_for_who_still_waits_and_nothing_is_sent(bool held)
    {
        var prefix = $"t{Guid.NewGuid():N}:";
        await using var relay = await RelayHost.StartAsync(redis.Process.ConnectionString, new() { ["Relay:Smarthost"] = "127.0.0.1:1" }, prefix: prefix);
        var id = await relay.Queue.WriteAsync(Message("sender@s.test"), TimeSpan.FromHours(1));
        await relay.Queue.SetRecipientsDeliveredAsync(id, [0]);
        if (held)
            await relay.Operator.HoldAsync(id, "why");

        await relay.Operator.OrderAsync(id, OperatorOrder.Bounce("This address was closed by the postmaster") with { By = "ann" });

        Assert.Equal("done", await relay.SettledAsync(id));
        var report = await ReportAsync(relay);
        Assert.Contains("This address was closed by the postmaster", report, StringComparison.Ordinal);
        Assert.Contains("Final-Recipient: rfc822;waits@r.test", report.Replace("; ", ";", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("done@r.test", report, StringComparison.Ordinal);
        Assert.Contains("Status: 5.7.1", report, StringComparison.Ordinal);
        var ended = (await ((IQueueHistory)relay.Operator).FindEndedAsync(id))!;
        Assert.Equal("ann", ended.By);
        Assert.Equal([EndOutcome.Delivered, EndOutcome.Bounced], ended.Recipients.Select(r => r.Outcome));
        Assert.Contains("closed by the postmaster", ended.Recipients[1].Last!.Reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_sender_it_ends_and_nobody_is_told()
    {
        await using var relay = await RelayHost.StartAsync(redis.Process.ConnectionString, new() { ["Relay:Smarthost"] = "127.0.0.1:1" });
        var id = await relay.Queue.WriteAsync(Message(""), TimeSpan.FromHours(1));

        await relay.Operator.OrderAsync(id, OperatorOrder.Bounce("no"));

        Assert.Equal("done", await relay.SettledAsync(id));
        Assert.Equal(0, (await relay.Operator.CountAsync()).Total);
    }

    private static async Task<string> ReportAsync(RelayHost relay)
    {
        await foreach (var (_, id) in relay.Queue.LoadAsync())
        {
            var message = await relay.Queue.GetAsync(id);
            Assert.Equal(("", "sender@s.test"), (message.Envelope.Sender, message.Envelope.Recipients[0].Address));
            return Encoding.UTF8.GetString(await message.Envelope.Content.ToArrayAsync());
        }
        throw new InvalidOperationException("There is no report.");
    }

    private static Envelope Message(string sender) => new()
    {
        Sender = sender,
        Recipients = ["done@r.test", "waits@r.test"],
        Content = Encoding.ASCII.GetBytes("Subject: x\r\n\r\nbody\r\n"),
        Received = TimeProvider.System.GetUtcNow(),
    };
}

using System.Net;
using Slimta.Smtp.Client;
using Slimta.Storage;
using Slimta.Tests.Client;

namespace Slimta.Tests.Sink;

public class SinkTests
{
    private static async Task<RecipientReply> SendAsync(SinkHost sink, string recipient)
    {
        await using var connection = await OpenAsync(sink);
        return (await connection.SendAsync(ClientUnderTest.Mail(recipient), default))[0];
    }

    private static Task<SmtpConnection> OpenAsync(SinkHost sink) => SmtpConnection.OpenAsync(
        new SmtpTarget("sink.test", IPEndPoint.Parse(sink.Address), Security.Opportunistic),
        new ClientSettings { HelloName = "client.test", Timeouts = new ClientTimeouts() }, default);

    [Theory]
    [InlineData("anybody@b.test", DeliveryOutcome.Delivered, 1)]
    [InlineData("tempfail@b.test", DeliveryOutcome.Transient, 0)]
    [InlineData("PermFail+7@b.test", DeliveryOutcome.Permanent, 0)]
    [InlineData("drop-before-reply@b.test", DeliveryOutcome.Transient, 0)]
    [InlineData("drop-after-dot@b.test", DeliveryOutcome.Unknown, 1)]
    public async Task It_plays_what_the_local_part_asks_for(string recipient, DeliveryOutcome outcome, int kept)
    {
        await using var sink = await SinkHost.StartAsync();
        Assert.Equal(outcome, (await SendAsync(sink, recipient)).Outcome);
        Assert.Equal(kept, sink.Store.Total);
    }

    [Fact]
    public async Task Greylisting_takes_the_second_try()
    {
        await using var sink = await SinkHost.StartAsync();
        Assert.Equal(DeliveryOutcome.Transient, (await SendAsync(sink, "greylist@b.test")).Outcome);
        Assert.Equal(DeliveryOutcome.Delivered, (await SendAsync(sink, "greylist@b.test")).Outcome);
        Assert.Equal(DeliveryOutcome.Transient, (await SendAsync(sink, "greylist+other@b.test")).Outcome);
    }

    [Fact]
    public async Task Slow_takes_its_time()
    {
        var time = new WatchedTime(TimeSpan.FromSeconds(7));
        await using var sink = await SinkHost.StartAsync(new() { ["Sink:SlowDelay"] = "00:00:07" }, time);
        var sending = SendAsync(sink, "slow@b.test");
        await time.BegunAsync();
        time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal((0, false), (sink.Store.Total, sending.IsCompleted));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(DeliveryOutcome.Delivered, (await sending).Outcome);
    }

    [Fact]
    public async Task The_last_messages_are_kept_the_newest_first()
    {
        await using var sink = await SinkHost.StartAsync(new() { ["Sink:MaxMessages"] = "2" });
        foreach (var recipient in new[] { "one@b.test", "two@b.test", "three@b.test" })
            await SendAsync(sink, recipient);
        Assert.Equal(["three@b.test", "two@b.test"], sink.Store.List().Select(message => message.Recipients[0]));
        Assert.Equal(3, sink.Store.Total);
        var newest = sink.Store.List()[0];
        Assert.Same(newest, sink.Store.Find(newest.Id));
        sink.Store.Clear();
        Assert.Empty(sink.Store.List());
    }

    [Theory]
    [InlineData("Sink:Port", "-1")]
    [InlineData("Sink:Address", "here")]
    [InlineData("Sink:Prot", "25")]
    public async Task A_wrong_setting_stops_the_start_and_is_named(string key, string value)
    {
        var e = await Assert.ThrowsAnyAsync<Exception>(() => SinkHost.StartAsync(new() { [key] = value }));
        Assert.Contains(key.Split(':')[1], e.ToString(), StringComparison.Ordinal);
    }
}

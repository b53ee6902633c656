using Microsoft.Extensions.Time.Testing;
using Slimta.Tests.Client;

namespace Slimta.Tests.Relay;

/// <summary>Connections serve one message after the other: so many, as long as they are good, and not for ever.</summary>
[Collection("relay")]
public class ConnectionReuseTests(RedisServer redis)
{
    private const string Once = ClientUnderTest.MailToOne + "C: ...\nS: 250 ok\n";

    private Task<RelayHost> RelayAsync(ScriptedServer server, int messages) => RelayHost.StartAsync(redis.Process.ConnectionString, new()
    {
        ["Relay:Smarthost"] = $"{server.Address}",
        ["Relay:ConnectionsPerDestination"] = "1",
        ["Relay:MessagesPerConnection"] = $"{messages}",
        ["Relay:Timeouts:Quit"] = "00:00:00.100",
    });

    [Fact]
    public async Task A_connection_is_used_for_many_messages()
    {
        await using var server = new ScriptedServer(ClientUnderTest.Hello + Once + Once + Once + "HANG");
        await using var relay = await RelayAsync(server, 100);
        await DeliverAsync(relay, 3);
        Assert.Equal((1, 3), (server.Connections, server.Contents.Count));
    }

    [Fact]
    public async Task After_so_many_messages_it_is_closed_and_another_is_opened()
    {
        await using var server = new ScriptedServer(
            ClientUnderTest.Hello + Once + Once + "C: QUIT\nS: 221 bye", ClientUnderTest.Hello + Once + "HANG");
        await using (var relay = await RelayAsync(server, 2))
            await DeliverAsync(relay, 3);
        await server.FollowedAsync();
        Assert.Equal((2, 3), (server.Connections, server.Contents.Count));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_that_was_not_used_for_a_while_is_closed(bool swept)
    {
        var time = new FakeTimeProvider();
        await using var server = new ScriptedServer(ClientUnderTest.Hello + "C: QUIT\nS: 221 bye");
        var idle = new IdleConnections(100, TimeSpan.FromSeconds(15), time);
        var connection = await server.OpenAsync();
        idle.Return(connection);
        time.Advance(TimeSpan.FromSeconds(15));
        idle.Sweep();
        Assert.Same(connection, idle.TryTake());
        idle.Return(connection);
        time.Advance(TimeSpan.FromSeconds(16));
        if (swept)
            idle.Sweep();
        Assert.Null(idle.TryTake());
        await server.FollowedAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("C: MAIL FROM:<a@a.test>\nC: RCPT TO:<b@b.test>\nC: DATA\n")]
    [InlineData("C: MAIL FROM:<a@a.test>\nC: RCPT TO:<b@b.test>\nC: DATA\nS: 421 idle for too long\n")]
    public async Task A_connection_that_was_closed_meanwhile_is_replaced_in_the_same_attempt(string second)
    {
        await using var server = new ScriptedServer(ClientUnderTest.Hello + Once + second, ClientUnderTest.Hello + Once + "HANG");
        await using var relay = await RelayAsync(server, 100);
        await DeliverAsync(relay, 2);
        Assert.Equal(2, server.Connections);
    }

    /// <summary>A message whose only recipient is refused, which leaves a transaction to be reset.</summary>
    private const string Refused = "C: MAIL FROM:<>\nC: RCPT TO:<b@b.test>\nC: DATA\nS: 250 ok\nS: 550 5.1.1 no\nS: 503 no recipients\n";

    [Theory]
    [InlineData("C: RSET\nS: 500 what?\nHANG")]
    [InlineData("C: RSET\nS: 451 4.3.0 not now\nHANG")]
    [InlineData("C: RSET\nS: 421 4.3.2 bye")]
    [InlineData("C: RSET")]
    [InlineData("C: RSET\nS: nonsense")]
    [InlineData("C: RSET\nS: 250 ok\nC: *\nC: *\nC: *\nS: 503 5.5.1 nested MAIL\nS: 503 no\nS: 503 no\nHANG")]
    [InlineData("C: RSET\nS: 250 ok\nC: *\nC: *\nC: *\nS: 451 4.7.0 enough for this session\nS: 503 no\nS: 503 no\nHANG")]
    [InlineData("C: RSET\nS: 250 ok\nC: *\nC: *\nC: *\nS: 421 4.7.0 enough for this session")]
    [InlineData("C: RSET\nS: 250 ok\nC: *\nC: *\nC: *")]
    public async Task What_a_kept_connection_does_before_MAIL_is_taken_is_not_the_message_s_fault(string second)
    {
        await using var server = new ScriptedServer(ClientUnderTest.Hello + Refused + second, ClientUnderTest.Hello + Once + "HANG");
        await using var relay = await RelayAsync(server, 100);
        await relay.WriteAsync("", "b@b.test");
        Assert.Equal("done", (await relay.SettledAsync()).Settlement);
        await DeliverAsync(relay, 1);
        Assert.Equal((2, 1), (server.Connections, server.Contents.Count));
        Assert.DoesNotContain(relay.Log, line => line.Contains("deferred", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_sender_whom_a_new_connection_refuses_too_is_refused()
    {
        const string no = "C: *\nC: *\nC: *\nS: 550 5.7.1 not you\nS: 503 no\nS: 503 no\n";
        await using var server = new ScriptedServer(ClientUnderTest.Hello + Once + no + "C: QUIT\nS: 221 bye", ClientUnderTest.Hello + no + "HANG");
        await using var relay = await RelayAsync(server, 100);
        await DeliverAsync(relay, 1);
        await relay.WriteAsync("", "b@b.test");
        Assert.Equal("done", (await relay.SettledAsync()).Settlement);
        Assert.Equal((2, 1), (server.Connections, server.Contents.Count));
    }

    /// <summary>One after the other.</summary>
    private static async Task DeliverAsync(RelayHost relay, int messages)
    {
        for (var i = 0; i < messages; i++)
        {
            await relay.WriteAsync("a@a.test", "b@b.test");
            Assert.Equal("done", (await relay.SettledAsync()).Settlement);
        }
    }
}

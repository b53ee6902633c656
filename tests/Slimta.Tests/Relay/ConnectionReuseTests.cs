using Microsoft.Extensions.Time.Testing;
using Slimta.Relay.Lanes;
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
    public async Task One_that_nobody_used_for_a_while_is_closed(bool swept)
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

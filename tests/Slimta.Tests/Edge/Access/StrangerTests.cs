using Slimta.Storage;

namespace Slimta.Tests.Edge;

/// <summary>What a client may do of which nothing is known: send to a domain that is open to everybody, and no more.</summary>
[Collection("edge")]
public sealed class StrangerTests(RedisServer redis)
{
    private const string Message = "From: boss@a.test\r\n\r\nx\r\n.\r\n";

    private Task<EdgeHost> StartAsync(params (string, string?)[] settings) => EdgeHost.StartAsync(redis.Process.ConnectionString,
        new Dictionary<string, string?>(settings.Select(s => KeyValuePair.Create(s.Item1, s.Item2)))
        {
            ["Edge:Relay:Networks:0"] = "192.0.2.0/24",
            ["Edge:Relay:Domains:0"] = "open.test",
            ["Edge:Smtp:AllowPlaintextAuth"] = "true",
            ["Edge:Users:ann"] = PasswordHash.Create("right", 1000),
        });

    [Fact]
    public async Task Reports_are_not_offered_to_strangers_and_those_who_ask_all_the_same_are_refused()
    {
        await using var host = await StartAsync();
        var said = await host.SayAsync("EHLO c.test\r\nMAIL FROM:<v@victim.test> RET=FULL\r\nMAIL FROM:<v@victim.test> ENVID=1\r\nMAIL FROM:<v@victim.test>\r\n"
            + "RCPT TO:<x@open.test> NOTIFY=SUCCESS\r\nRCPT TO:<x@open.test> ORCPT=rfc822;x@open.test\r\nQUIT\r\n");
        Assert.DoesNotContain("DSN", said, StringComparison.Ordinal);
        Assert.Equal(4, said.Split("\n555 5.5.4 ").Length - 1);
    }

    [Fact]
    public async Task After_a_login_reports_are_offered_and_may_be_asked_for()
    {
        await using var host = await StartAsync();
        var said = await host.SayAsync("EHLO c.test\r\nAUTH PLAIN AGFubgByaWdodA==\r\nEHLO c.test\r\nMAIL FROM:<ann@a.test> RET=FULL\r\nRCPT TO:<x@x.test> NOTIFY=SUCCESS\r\nQUIT\r\n");
        Assert.Contains("DSN", said, StringComparison.Ordinal);
        Assert.EndsWith("\n250 2.1.0 Ok\n250 2.1.5 Ok\n221 2.0.0 Bye\n", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_protocol_that_forgets_to_say_why_it_takes_a_message_gets_none_into_the_queue()
    {
        await using var host = await StartAsync();
        var envelope = new Envelope { Sender = "a@a.test", Recipients = ["x@x.test"], Client = new() { Protocol = "LMTP" } };
        var forgotten = Assert.Throws<ArgumentException>(() => new MessageIntake(host.Intake, envelope));
        Assert.StartsWith("Set ClientInfo.Trust", forgotten.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_envelope_says_why_the_message_was_taken()
    {
        await using var host = await StartAsync();
        await host.SayAsync($"EHLO c.test\r\nMAIL FROM:<boss@a.test>\r\nRCPT TO:<x@open.test>\r\nDATA\r\n{Message}QUIT\r\n");
        await host.SayAsync($"EHLO c.test\r\nAUTH PLAIN AGFubgByaWdodA==\r\nMAIL FROM:<boss@a.test>\r\nRCPT TO:<x@x.test>\r\nDATA\r\n{Message}QUIT\r\n");
        var clients = (await host.QueuedAsync()).Select(queued => queued.Message.Envelope.Client).OrderBy(client => client.Trust).ToList();
        Assert.Equal([(TrustedAs.Stranger, null), (TrustedAs.User, "ann")], clients.Select(client => (client.Trust, client.AuthenticatedAs)));
    }

    [Theory]
    [InlineData("PROXY UNKNOWN\r\n")]
    [InlineData("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x21\0\0\0")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x21\x12\0\x0c\x7f\0\0\x01\x7f\0\0\x01\x13\x88\0\x19")]
    public async Task A_proxy_that_knows_no_address_of_its_client_brings_a_stranger(string header)
    {
        await using var host = await StartAsync(("Edge:Smtp:Proxies:0", "127.0.0.0/8"), ("Edge:Relay:Networks:1", "127.0.0.0/8"));
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(host.Smtp[0]);
        await client.GetStream().WriteAsync(System.Text.Encoding.Latin1.GetBytes(header));
        using var reader = new StreamReader(client.GetStream());
        Assert.Equal("220 mx.test ESMTP", await reader.ReadLineAsync());
        await client.GetStream().WriteAsync("HELO c.test\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<x@x.test>\r\nRCPT TO:<x@open.test>\r\nQUIT\r\n"u8.ToArray());
        Assert.Equal("250 mx.test|250 2.1.0 Ok|550 5.7.1 Relay access denied|250 2.1.5 Ok|221 2.0.0 Bye|",
            (await reader.ReadToEndAsync()).ReplaceLineEndings("|"));
    }
}

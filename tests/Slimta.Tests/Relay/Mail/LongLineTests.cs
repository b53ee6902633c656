using System.Text;
using MimeKit;
using Slimta.Storage;
using Slimta.Tests.Client;

namespace Slimta.Tests.Relay;

/// <summary>Lines of more than 998 octets, and mail that costs too much to encode.</summary>
[Collection("relay")]
public class LongLineTests(RedisServer redis)
{
    private const string Head = "From: a@a.test\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n";
    private const string Takes = "C: *\nC: *\nC: *\nS: 250 ok\nS: 250 ok\nS: 354 go\nC: ...\nS: 250 ok\n";
    private static readonly string Long = new('x', 3000);
    private static readonly string Lines = string.Concat(Enumerable.Repeat("a line\r\n", 20_000));

    public static TheoryData<string, string> Sizes() => new()
    {
        { Long + "\r\n", "" },
        // Found only while it is sent: the first connection is given up before the end.
        { Lines + Long + "\r\n", "C: *\nC: *\nC: *\nS: 250 ok\nS: 250 ok\nS: 354 go\nHANG" },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task The_part_is_encoded_at_every_size(string body, string given)
    {
        string[] scripts = given.Length > 0 ? [ClientUnderTest.Hello + given, ClientUnderTest.Hello + Takes] : [ClientUnderTest.Hello + Takes];
        var sent = await DeliverAsync(Head + "\r\n" + body, null, scripts);
        Assert.All(sent.Split("\r\n"), line => Assert.True(line.Length <= 998, $"{line.Length}"));
        var message = await MimeMessage.LoadAsync(new MemoryStream(Encoding.Latin1.GetBytes(sent[..^3])));
        Assert.Equal(body, message.HtmlBody!.ReplaceLineEndings("\r\n"));
    }

    [Theory]
    [InlineData("Keep", Head)]
    [InlineData("Encode", "DKIM-Signature: v=1; d=a.test; bh=x; b=y\r\n" + Head)]
    [InlineData("Encode", "MIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=b; protocol=\"application/pgp-signature\"\r\n\r\n--b\r\nContent-Type: text/plain\r\n")]
    public async Task It_is_kept_by_setting_and_where_a_signature_would_break(string setting, string head)
    {
        foreach (var body in new[] { Long + "\r\n", Lines + Long + "\r\n" })
        {
            var isSigned = head.Contains("--b", StringComparison.Ordinal);
            var content = head + "\r\n" + body + (isSigned ? "--b\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--b--\r\n" : "");
            string[] scripts = setting == "Encode" && body.Length > 65536
                ? [ClientUnderTest.Hello + "C: *\nC: *\nC: *\nS: 250 ok\nS: 250 ok\nS: 354 go\nHANG", ClientUnderTest.Hello + Takes]
                : [ClientUnderTest.Hello + Takes];
            Assert.Equal(content + ".\r\n", await DeliverAsync(content, setting, scripts));
        }
    }

    [Fact]
    public async Task A_long_header_line_is_folded()
    {
        var references = string.Join(' ', Enumerable.Range(0, 200).Select(i => $"<{i}@some.host.test>"));
        var sent = await DeliverAsync($"References: {references}\r\n{Head}\r\nx\r\n", null, ClientUnderTest.Hello + Takes);
        Assert.All(sent.Split("\r\n"), line => Assert.True(line.Length <= 998, $"{line.Length}"));
        var message = await MimeMessage.LoadAsync(new MemoryStream(Encoding.Latin1.GetBytes(sent)));
        Assert.Equal(200, message.References.Count);
    }

    [Theory]
    [InlineData("levels")]
    [InlineData("parts")]
    [InlineData("fields")]
    [InlineData("parameters")]
    [InlineData("words")]
    [InlineData("folds")]
    [InlineData("boundaries")]
    public async Task A_bomb_is_not_taken_apart(string what)
    {
        var bomb = Encoding.UTF8.GetBytes(Bomb(what));
        // What it costs is counted in what is allocated, as time depends on what else runs.
        var before = GC.GetTotalAllocatedBytes(precise: true);
        Assert.Null(await SevenBit.ConvertAsync(MessageContent.From(bomb), default));
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 60_000_000 + (3L * bomb.Length));
    }

    [Fact]
    public async Task A_message_of_many_ordinary_parts_is_encoded()
    {
        var message = new StringBuilder("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n");
        for (var i = 0; i < 500; i++)
            message.Append("--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\ngr\u00fc\u00dfe\r\n");
        message.Append("--b--\r\n");
        Assert.NotNull(await SevenBit.ConvertAsync(MessageContent.From(Encoding.UTF8.GetBytes(message.ToString())), default));
    }

    [Fact]
    public async Task A_bomb_fails_for_good_where_the_next_hop_lacks_8BITMIME()
    {
        await using var server = new ScriptedServer("S: 220 hi\nC: *\nS: 250 hi\nHANG");
        await using var relay = await RelayHost.StartAsync(redis.Process.ConnectionString, new() { ["Relay:Smarthost"] = $"{server.Address}" });
        await relay.Queue.WriteAsync(Mail.From("", "b@b.test") with { Content = Encoding.UTF8.GetBytes(Bomb("levels")) });
        Assert.Equal("done", (await relay.SettledAsync()).Settlement);
        Assert.Contains(relay.Log, line => line.Contains("5.6.3", StringComparison.Ordinal) || line.Contains("failed", StringComparison.Ordinal));
        Assert.Empty(server.Contents);
    }

    private static string Bomb(string what)
    {
        var bomb = new StringBuilder("MIME-Version: 1.0\r\n");
        switch (what)
        {
            case "levels":
                for (var i = 0; i < 1000; i++)
                    bomb.Append("Content-Type: multipart/mixed; boundary=b").Append(i).Append("\r\n\r\n--b").Append(i).Append("\r\n");
                bomb.Append("\r\n\u00fc\r\n").Insert(bomb.Length, "--\r\n", 500_000);
                break;
            case "parts":
                bomb.Append("Content-Type: multipart/mixed; boundary=b\r\n\r\n").Insert(bomb.Length, "--b\r\n\r\n\u00fc\r\n", 200_000).Append("--b--\r\n");
                break;
            // What is small and takes long to read: a parser's time grows with the square of a field, and with levels times lines.
            case "parameters":
                bomb.Append("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain").Insert(bomb.Length, ";\r\n a=b", 200_000).Append("\r\n\r\n\u00fc\r\n--b--\r\n");
                break;
            case "words":
                bomb.Append("Content-Type: multipart/mixed; boundary=b\r\n\r\n").Insert(bomb.Length, $"--b\r\nSubject: {string.Concat(Enumerable.Repeat("=?utf-8?q?a?=\r\n ", 1000))}\r\n\r\n\u00fc\r\n", 100).Append("--b--\r\n");
                break;
            case "folds":
                bomb.Append("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nX-Pad: x").Insert(bomb.Length, "\r\n x", 400_000).Append("\r\n\r\n\u00fc\r\n--b--\r\n");
                break;
            case "boundaries":
                for (var i = 0; i < 90; i++)
                    bomb.Append("Content-Type: multipart/mixed; boundary=b").Append(i).Append("\r\n\r\n--b").Append(i).Append("\r\n");
                bomb.Append("\r\n\u00fc\r\n").Insert(bomb.Length, "--\r\n", 200_000);
                break;
            default:
                bomb.Insert(bomb.Length, "A: b\r\n", 500_000).Append("\r\n\u00fc\r\n");
                break;
        }
        return bomb.ToString();
    }

    private async Task<string> DeliverAsync(string content, string? setting, params string[] scripts)
    {
        await using var server = new ScriptedServer(scripts);
        await using var relay = await RelayHost.StartAsync(redis.Process.ConnectionString, new()
        {
            ["Relay:Smarthost"] = $"{server.Address}",
            ["Relay:LongLines"] = setting ?? "Encode",
            ["Relay:Timeouts:Quit"] = "00:00:00.100",
        });
        await relay.Queue.WriteAsync(Mail.From("", "b@b.test") with { Content = Encoding.Latin1.GetBytes(content) });
        Assert.Equal("done", (await relay.SettledAsync()).Settlement);
        Assert.Equal(scripts.Length, server.Connections);
        return Encoding.Latin1.GetString(Assert.Single(server.Contents));
    }
}

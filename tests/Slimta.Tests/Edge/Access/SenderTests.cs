using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Slimta.Tests.Edge;

/// <summary>Edge:Senders: who may send as whom.</summary>
[Collection("edge")]
public sealed class SenderTests(RedisServer redis)
{
    private const string Login = "EHLO c.test\r\nAUTH PLAIN AGFubgByaWdodA==\r\n";

    private Task<EdgeHost> StartAsync() => EdgeHost.StartAsync(redis.Process.ConnectionString, new()
    {
        ["Edge:Smtp:AllowPlaintextAuth"] = "true",
        ["Edge:Users:ann"] = PasswordHash.Create("right", 1000),
        ["Edge:Users:bob"] = PasswordHash.Create("right", 1000),
        ["Edge:Http:ApiKeys:shop"] = Convert.ToHexString(SHA256.HashData("k3y"u8)),
        ["Edge:Senders:ann:0"] = "ann@a.test",
        ["Edge:Senders:ann:1"] = "*.bücher.test",
        ["Edge:Senders:shop:0"] = "shop.test",
    });

    private static string Mail(string sender, string from) =>
        $"MAIL FROM:<{sender}>\r\nRCPT TO:<x@x.test>\r\nDATA\r\n{from}Subject: x\r\n\r\nFrom: boss@a.test\r\n.\r\nQUIT\r\n";

    [Theory]
    [InlineData("ann@a.test", "From: ann@a.test\r\n")]
    [InlineData("ANN@A.test", "From: \"boss@a.test\" <Ann@a.TEST>\r\n")]
    [InlineData("", "From:\r\n Ann (boss@a.test) <ann@a.test>\r\n")]
    [InlineData("x@y.xn--bcher-kva.test", "FROM: x@y.xn--bcher-kva.test\r\n")]
    public async Task A_user_sends_as_whom_he_may(string sender, string from)
    {
        await using var host = await StartAsync();
        Assert.Contains("\n250 2.6.0 ", await host.SayAsync(Login + Mail(sender, from)), StringComparison.Ordinal);
        Assert.Single(await host.QueuedAsync());
    }

    [Theory]
    [InlineData("boss@a.test", "From: ann@a.test\r\n")]
    [InlineData("x@xn--bcher-kva.test", "From: ann@a.test\r\n")]
    [InlineData("ann@a.test", "From: boss@a.test\r\n")]
    [InlineData("ann@a.test", "From: ann@a.test, boss@a.test\r\n")]
    [InlineData("ann@a.test", "From: boss@a.test <ann@a.test>\r\n")]
    [InlineData("ann@a.test", "From: us:ann@a.test,boss@a.test;\r\n")]
    [InlineData("ann@a.test", "From: boss @ (x) a . test\r\n")]
    [InlineData("ann@a.test", "From: \"boss\"@a.test\r\n")]
    [InlineData("ann@a.test", "From: <@a.test:ann@a.test>\r\n")]
    [InlineData("ann@a.test", "From: ann@a.test\r\nFrom : boss@a.test\r\n")]
    [InlineData("ann@a.test", "From: \"ann@a.test\r\n")]
    [InlineData("ann@a.test", "From: Ann\r\n")]
    [InlineData("ann@a.test", "From: ann@a.test.evil.test\r\n")]
    [InlineData("ann@a.test", "From: ann@a.test\r\nno field\r\nFrom: boss@a.test\r\n")]
    [InlineData("ann@a.test", "")]
    public async Task A_user_does_not_send_as_another(string sender, string from)
    {
        await using var host = await StartAsync();
        Assert.Contains("\n550 5.7.1 ", await host.SayAsync(Login + Mail(sender, from)), StringComparison.Ordinal);
        Assert.Empty(await host.QueuedAsync());
    }

    [Fact]
    public async Task Who_is_not_named_may_not_send_and_who_did_not_log_in_is_not_asked()
    {
        await using var host = await StartAsync();
        Assert.Contains("\n550 5.7.1 You may not send as bob@a.test\n", await host.SayAsync(
            "EHLO c.test\r\nAUTH PLAIN AGJvYgByaWdodA==\r\n" + Mail("bob@a.test", "From: bob@a.test\r\n")), StringComparison.Ordinal);
        Assert.Contains("\n250 2.6.0 ", await host.SayAsync("EHLO c.test\r\n" + Mail("boss@a.test", "From: boss@a.test\r\n")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("o@shop.test", "o@shop.test", HttpStatusCode.Accepted)]
    [InlineData("o@other.test", "o@shop.test", HttpStatusCode.Forbidden)]
    [InlineData("o@shop.test", "o@other.test", HttpStatusCode.Forbidden)]
    public async Task An_API_key_is_held_to_its_senders(string sender, string from, HttpStatusCode status)
    {
        await using var host = await StartAsync();
        using var http = new HttpClient { BaseAddress = host.Http };
        http.DefaultRequestHeaders.Add("X-Api-Key", "k3y");
        using var raw = await http.PostAsync($"/messages?sender={sender}&recipient=x@x.test",
            new ByteArrayContent(Encoding.ASCII.GetBytes($"From: {from}\r\n\r\n")) { Headers = { ContentType = new("message/rfc822") } });
        Assert.Equal(status, raw.StatusCode);
        using var json = await http.PostAsync("/messages", new StringContent($$"""{"from":"{{(sender == from ? from : "o@other.test")}}","to":["x@x.test"]}""", null, "application/json"));
        Assert.Equal(status, json.StatusCode);
    }

    [Fact]
    public void A_pattern_is_a_domain_an_address_or_a_star()
    {
        Assert.All(["a.test", "*.a.test", "x@a.test", "*", "bücher.test"], pattern => Assert.True(SenderPolicy.IsValid(pattern)));
        Assert.All(["", "@a.test", "*@a.test", "a b", "x@*.test"], pattern => Assert.False(SenderPolicy.IsValid(pattern)));
    }
}

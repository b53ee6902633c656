using System.Text;
using CsCheck;
using Slimta.Storage;

namespace Slimta.Tests.Edge;

/// <summary>What the edge puts before a message.</summary>
public sealed class TraceFieldTests
{
    private static string Prepended(string? helo, string recipient, string? ip = "192.0.2.1") => Encoding.Latin1.GetString(HeaderPolicies.Compose(
        default,
        new Envelope
        {
            Sender = "a@a.test",
            Recipients = [recipient],
            Content = MessageContent.From(ReadOnlyMemory<byte>.Empty),
            Client = new() { Ip = ip, HeloName = helo, Protocol = "ESMTP" },
            Receiver = "mx.test",
        },
        "id1",
        tls: null));

    [Theory]
    [InlineData("client.test", "client.test")]
    [InlineData("münchen-pc", "xn--mnchen-pc-q9a")]
    [InlineData("[IPv6:::1]", "[IPv6:::1]")]
    [InlineData("host.domain.tld.", "host.domain.tld")]
    [InlineData("my pc", "[192.0.2.1]")]
    [InlineData("DESKTOP-ABC (Win)", "[192.0.2.1]")]
    [InlineData("::1", "[192.0.2.1]")]
    [InlineData("пк моего", "[192.0.2.1]")]
    [InlineData(null, "[192.0.2.1]")]
    public void The_client_is_named_in_ASCII(string? helo, string named)
    {
        var received = Prepended(helo, "b@b.test");
        Assert.StartsWith($"Received: from {named} ([192.0.2.1])\r\n", received, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("u@bücher.example", "for <u@xn--bcher-kva.example>")]
    [InlineData("ü@bücher.example", null)]
    [InlineData("b@b.test", "for <b@b.test>")]
    public void The_recipient_is_named_in_ASCII_or_not_at_all(string recipient, string? named)
    {
        var received = Prepended("c.test", recipient);
        Assert.Equal(named is not null, received.Contains("for <", StringComparison.Ordinal));
        Assert.Contains(named ?? "", received, StringComparison.Ordinal);
    }

    /// <summary>For every envelope and name, an ASCII message stays ASCII, and a field stays one field.</summary>
    [Fact]
    public void An_ASCII_message_stays_ASCII()
    {
        var text = Gen.String[Gen.OneOf(Gen.Char["ab.-_ ()[]:<>@\"\\"], Gen.Char["üßא한\u200B\u0308\uFF20\u2028İ"], Gen.Char), 0, 20];
        Gen.Select(text, text, text).Sample((helo, local, domain) =>
        {
            var clean = helo.Where(c => !char.IsControl(c)).ToArray();
            var prepended = Prepended(new string(clean), local.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal) + "@" + domain);
            Assert.True(Ascii.IsValid(prepended));
            Assert.All(prepended.Split("\r\n")[..^1], line => Assert.True(line[0] == '\t' || line.Split(':')[0] is "Received" or "Date" or "Message-ID"));
            Assert.False(prepended.Replace("\r\n", "", StringComparison.Ordinal).AsSpan().ContainsAny('\r', '\n'));
        }, iter: 20_000);
    }
}

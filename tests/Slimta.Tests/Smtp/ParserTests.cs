using CsCheck;
using Slimta.Smtp;

namespace Slimta.Tests.Smtp;

public sealed class ParserTests
{
    [Theory]
    [InlineData("a@b.test", "a", "b.test")]
    [InlineData("\"a b\"@b.test", "\"a b\"", "b.test")]
    [InlineData("\"a\\\"@b\"@b.test", "\"a\\\"@b\"", "b.test")]
    [InlineData("a%b@c.test", "a%b", "c.test")]
    [InlineData("a@[127.0.0.1]", "a", "[127.0.0.1]")]
    [InlineData("a@[IPv6:::1]", "a", "[IPv6:::1]")]
    [InlineData("ä@ö.test", "ä", "ö.test")]
    [InlineData("postmaster", "postmaster", "")]
    [InlineData("a@b_c.test", "a", "b_c.test")]
    public void An_address_is_understood(string text, string local, string domain)
    {
        Assert.True(SmtpMailbox.TryParse(text, out var mailbox));
        Assert.Equal((local, domain), (mailbox.LocalPart, mailbox.Domain));
        Assert.Equal(text, mailbox.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("@b.test")]
    [InlineData("a@")]
    [InlineData("a@b@c")]
    [InlineData(".a@b.test")]
    [InlineData("a.@b.test")]
    [InlineData("a..b@c.test")]
    [InlineData("a b@c.test")]
    [InlineData("\"a@b.test")]
    [InlineData("\"a\"b@c.test")]
    [InlineData("a@-b.test")]
    [InlineData("a@b..test")]
    [InlineData("a@b.test.")]
    [InlineData("a@[1]")]
    [InlineData("a@[300.0.0.1]")]
    [InlineData("a@[IPv6:1.2.3.4]")]
    [InlineData("a@[IPv6:fe80::1%eth0]")]
    [InlineData("a\r\n@b.test")]
    [InlineData("\"a\0\"@b.test")]
    [InlineData("a\u0085b@c.test")]
    [InlineData("a@b\u00a0c.test")]
    public void What_is_not_an_address_is_refused(string text) => Assert.False(SmtpMailbox.TryParse(text, out _));

    [Theory]
    [InlineData("<>", null)]
    [InlineData("<a@b.test>", "a@b.test")]
    [InlineData("<@x.test,@[IPv6:::1]:a@b.test> SIZE=1", "a@b.test")]
    [InlineData("<\">\"@b.test>", "\">\"@b.test")]
    public void A_path_is_understood(string text, string? mailbox)
    {
        Assert.True(SmtpPath.TryParse(text, lenient: false, out var parsed, out _));
        Assert.Equal(mailbox, parsed?.ToString());
    }

    [Theory]
    [InlineData("<")]
    [InlineData("a@b.test")]
    [InlineData("<a@b.test")]
    [InlineData("<@x.test>")]
    [InlineData("<@:a@b.test>")]
    [InlineData("<x:a@b.test>")]
    [InlineData("<@x.test:>")]
    public void What_is_not_a_path_is_refused(string text) => Assert.False(SmtpPath.TryParse(text, lenient: false, out _, out _));

    [Fact]
    public void Xtext_goes_there_and_back() => Gen.String.Sample(text =>
    {
        var clean = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text));
        var encoded = Xtext.Encode(clean);
        Assert.Equal(clean, Xtext.Decode(encoded));
        Assert.True(clean.Length == 0 || Xtext.IsValid(encoded));
    }, iter: 2000);
}

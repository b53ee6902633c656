using System.Diagnostics;
using System.Text.Json;
using Slimta.Domains;

namespace Slimta.Tests.Smtp;

/// <summary>One domain, one form; the right values are a browser's.</summary>
public sealed class DomainNameTests
{
    [Theory]
    [InlineData("example.com", "example.com")]
    [InlineData("EXAMPLE.com.", "example.com")]
    [InlineData("_dmarc.a_b.test", "_dmarc.a_b.test")]
    [InlineData("bücher.example", "xn--bcher-kva.example")]
    [InlineData("BÜCHER.example", "xn--bcher-kva.example")]
    [InlineData("XN--BCHER-KVA.example", "xn--bcher-kva.example")]
    [InlineData("bu\u0308cher.example", "xn--bcher-kva.example")]
    [InlineData("b\u00ADücher.example", "xn--bcher-kva.example")]
    [InlineData("ｂücher．example", "xn--bcher-kva.example")]
    [InlineData("bücher。example", "xn--bcher-kva.example")]
    [InlineData("ｅｘａｍｐｌｅ.com", "example.com")]
    [InlineData("ex\u200Bample.com", "example.com")]
    [InlineData("faß.de", "xn--fa-hia.de")]
    [InlineData("Ω.example", "xn--bya.example")]
    [InlineData("\u212A.example", "k.example")]
    [InlineData("İ.example", "xn--i-9bb.example")]
    [InlineData("ﬁ.example", "fi.example")]
    [InlineData("①.example", "1.example")]
    [InlineData("한글.kr", "xn--bj0bj06e.kr")]
    [InlineData("\u1112\u1161\u11ab\u1100\u1173\u11af.kr", "xn--bj0bj06e.kr")]
    [InlineData("e\u0323\u0302.example", "xn--e-0tc.example", "ệ.example")]
    [InlineData("क\u094D\u200Dष.example", null, "क\u094D\u200Dष.example")]
    [InlineData("אב1.example", null, "אב1.example")]
    [InlineData("💩.la", "xn--ls8h.la")]
    [InlineData("[127.0.0.1]", "[127.0.0.1]")]
    [InlineData("[ipv6:0:0::1]", "[IPv6:::1]")]
    public void A_domain_has_one_form(string domain, string? form, string? same = null)
    {
        var normal = DomainName.Normalize(domain);
        Assert.NotNull(normal);
        Assert.Equal(same is null ? form : DomainName.Normalize(same), normal);
        Assert.Equal(normal, DomainName.Normalize(normal));
        Assert.True(DomainName.AreEqual(domain, normal));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a..b")]
    [InlineData("-a.test")]
    [InlineData("a b.test")]
    [InlineData("a\u00A0b.test")]
    [InlineData("a＠b.test")]
    [InlineData("a／b.test")]
    [InlineData("\u0308a.test")]
    [InlineData("x\u200Dy.test")]
    [InlineData("x\u200Cy.test")]
    [InlineData("אa.test")]
    [InlineData("a\u202Eb.test")]
    [InlineData("\u00AD.test")]
    [InlineData("a\uD800b.test")]
    [InlineData("[1]")]
    public void What_is_no_domain_has_none(string domain) => Assert.Null(DomainName.Normalize(domain));

    [Fact]
    public void Lengths_are_those_of_the_A_labels()
    {
        Assert.NotNull(DomainName.Normalize(new string('a', 63) + ".test"));
        Assert.Null(DomainName.Normalize(new string('a', 64) + ".test"));
        Assert.NotNull(DomainName.Normalize(string.Join('.', Enumerable.Repeat(new string('a', 62), 4)) + "." + "b"));
        Assert.Null(DomainName.Normalize(string.Join('.', Enumerable.Repeat(new string('a', 62), 4)) + "." + "bc"));
        Assert.Null(DomainName.Normalize(new string('ü', 60) + ".test"));
    }

    [Theory]
    [InlineData("*", "*")]
    [InlineData("*.BÜCHER.example", "*.xn--bcher-kva.example")]
    [InlineData("Bücher.example", "xn--bcher-kva.example")]
    [InlineData("*.[127.0.0.1]", null)]
    [InlineData("a.*.test", null)]
    public void Patterns_have_a_form_too(string pattern, string? form) => Assert.Equal(form, DomainName.NormalizePattern(pattern));

    /// <summary>Node's url.domainToASCII is what browsers do, except with right-to-left text, where it takes what RFC 5893 §2 refuses.</summary>
    [Fact]
    public async Task Browsers_agree()
    {
        string[] alphabet =
        [
            "a", "B", "z", "9", "ü", "Ü", "u\u0308", "\u0308", "\u0323", "\u0301", "ß", "ς", "Σ", "\u00AD", "\u200B", "\u200C", "\u200D", "ａ", "Ｚ", "．", "。", ".",
            "क", "\u094D", "ष", "한", "\u1112", "\u1161", "\u11AB", "漢", "字", "㋿", "Å", "\u212B", "ﬃ", "½", "①", "💩", "𝒜", "Ⅷ", "İ", "ı", "\u0345", "ਖ਼",
            "\u2F00", "\u0958", "\u1E9B\u0323", "\uFE0F",
        ];
        var random = new Random(17);
        var names = Enumerable.Range(0, 20_000).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 7)).Select(_ => alphabet[random.Next(alphabet.Length)])) + ".test").ToArray();
        const string Script = "const {domainToASCII}=require('url');let s='';process.stdin.on('data',d=>s+=d).on('end',()=>console.log(JSON.stringify(JSON.parse(s).map(domainToASCII))))";
        Process node;
        try
        {
            node = Process.Start(new ProcessStartInfo("node", ["-e", Script]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return; // There is no node here; the table above still stands.
        }
        using var _ = node;
        await node.StandardInput.WriteAsync(JsonSerializer.Serialize(names));
        node.StandardInput.Close();
        var browsers = JsonSerializer.Deserialize<string[]>(await node.StandardOutput.ReadToEndAsync())!;
        for (var i = 0; i < names.Length; i++)
        {
            // We refuse hyphens at the ends of labels, as RFC 1123 does; and what a browser makes must be a domain at all.
            var right = DomainName.IsDomain(browsers[i]) ? browsers[i] : null;
            Assert.True(right == DomainName.Normalize(names[i]), $"{JsonSerializer.Serialize(names[i])}: {right} and not {DomainName.Normalize(names[i])}");
        }
    }
}

using System.Buffers;
using System.Text;
using CsCheck;
using Slimta.Smtp.Client;

namespace Slimta.Tests.Client;

public class ContentTests
{
    /// <summary>Text made of what is awkward: dots, line ends whole and halved, eight bits.</summary>
    private static readonly Gen<string> Awkward =
        Pick(".", "..", "\r\n", "\r\n.\r\n", "\r", "\n", "a", "line", "\u00e9", "\0").Array[0, 30].Select(string.Concat);

    private static readonly Gen<string> Lines =
        Pick(".", "..", "\r\n", "\r\n.\r\n", "\r\n..", "a", "line", "\u00e9", "\0").Array[0, 30].Select(string.Concat);

    [Fact]
    public void What_a_server_reads_back_is_what_was_sent() =>
        Gen.Select(Lines, Gen.Int[1, 7]).Sample((text, cut) =>
        {
            var wire = Stuff(text, cut);
            Assert.EndsWith("\r\n.\r\n", "\r\n" + wire, StringComparison.Ordinal);
            var lines = wire[..^3].Split("\r\n").Select(line => line.StartsWith('.') ? line[1..] : line);
            Assert.DoesNotContain("\r\n.\r\n", "\r\n" + wire[..^3], StringComparison.Ordinal);
            Assert.Equal(text.Length == 0 || text.EndsWith("\r\n", StringComparison.Ordinal) ? text : text + "\r\n", string.Join("\r\n", lines));
        });

    [Fact]
    public void A_bare_line_end_is_found_wherever_the_pieces_are_cut() =>
        Gen.Select(Awkward, Gen.Int[1, 7]).Sample((text, cut) =>
        {
            var bare = text.Replace("\r\n", "", StringComparison.Ordinal).AsSpan().ContainsAny('\r', '\n');
            if (bare)
                Assert.Throws<BareLineEndException>(() => Stuff(text, cut));
            else
                Stuff(text, cut);
            Assert.Equal(bare, Scan(text, cut).HasBareLineEnd);
        });

    [Fact]
    public void Eight_bits_are_told_apart_by_header_and_body() =>
        Gen.Select(Lines, Gen.Int[1, 7]).Sample((text, cut) =>
        {
            var end = ("\r\n" + text).IndexOf("\r\n\r\n", StringComparison.Ordinal);
            var header = end < 0 ? text : text[..end];
            var traits = Scan(text, cut);
            Assert.Equal(header.Contains('\u00e9', StringComparison.Ordinal), traits.HeaderHas8Bit);
            Assert.Equal(text[header.Length..].Contains('\u00e9', StringComparison.Ordinal), traits.BodyHas8Bit);
        });

    [Fact]
    public async Task Content_in_pieces_is_scanned_like_content_in_memory()
    {
        var content = "A: b\r\n\r\n\u00e9\n"u8.ToArray();
        var traits = new ContentTraits(false, true, true, false);
        Assert.Equal(traits, await ContentTraits.OfAsync(content, default));
        Assert.Equal(traits, await ContentTraits.OfAsync(new(content.Length, _ => content.Select(octet => (ReadOnlyMemory<byte>)new[] { octet }).ToAsyncEnumerable()), default));
    }

    [Theory]
    [InlineData("a@b.test", true)]
    [InlineData("", true)]
    [InlineData("\"a b\"@b.test", true)]
    [InlineData("\"a>b\\\"\"@b.test", true)]
    [InlineData("a b@b.test", false)]
    [InlineData("a@b.test> SIZE=1", false)]
    [InlineData("\"a\" b\"@b.test", false)]
    [InlineData("\"a b\"@b.test>", false)]
    [InlineData("\"a b\\\"@b.test", false)]
    [InlineData("a@b.test\r\nDATA", false)]
    [InlineData("\"\r\n\"@b.test", false)]
    public void An_address_cannot_bring_commands_or_parameters(string address, bool sendable) =>
        Assert.Equal(sendable, EnvelopeCommands.IsSendable(address));

    [Fact]
    public void No_address_ends_its_path_early() =>
        Pick("\"", "\\", ">", "<", " ", "a", "@", "\t").Array[0, 12].Select(string.Concat).Sample(address =>
        {
            if (!EnvelopeCommands.IsSendable(address))
                return;
            var quoted = false;
            for (var i = 0; i < address.Length; i++)
            {
                if (address[i] == '\\' && quoted)
                    i++;
                else if (address[i] == '"')
                    quoted = !quoted;
                else
                    Assert.False(!quoted && address[i] is '>' or '<' or ' ' && !quoted, address);
            }
        });

    private static Gen<string> Pick(params string[] parts) => Gen.Int[0, parts.Length - 1].Select(i => parts[i]);

    private static string Stuff(string text, int cut)
    {
        var output = new ArrayBufferWriter<byte>();
        var stuffer = new DotStuffer(int.MaxValue);
        foreach (var piece in Encoding.Latin1.GetBytes(text).Chunk(cut))
            stuffer.Write(piece, output);
        stuffer.End(output);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }

    /// <summary>Only CRLF CRLF ends a header, for who converts the body and for who looks at it.</summary>
    [Theory]
    [InlineData("Subject: x\r\n\r\r\nX: \u00fc\r\n\r\nb\r\n")]
    [InlineData("Subject: x\r\n\n\r\nX: \u00fc\r\n\r\nb\r\n")]
    public void A_line_of_a_bare_line_end_is_not_empty(string text)
    {
        for (var cut = 1; cut < 20; cut++)
            Assert.Equal(new ContentTraits(true, false, true, false), Scan(text, cut));
    }

    private static ContentTraits Scan(string text, int cut)
    {
        var scan = new ContentScan();
        foreach (var piece in Encoding.Latin1.GetBytes(text).Chunk(cut))
            scan.Write(piece);
        return scan.End();
    }
}

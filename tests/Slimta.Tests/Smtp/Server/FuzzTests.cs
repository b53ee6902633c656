using System.Buffers;
using System.Text;
using CsCheck;
using Slimta.Smtp;
using Slimta.Smtp.Server;

namespace Slimta.Tests.Smtp.Server;

/// <summary>No input breaks anything, and how it is cut makes no difference. CsCheck prints the seed of a failure.</summary>
public sealed class FuzzTests
{
    private const int Iterations = 20_000;

    /// <summary>Bytes that mean something to the readers, far more often than by chance.</summary>
    private static readonly Gen<byte[]> Telling =
        Gen.OneOf(Of("\r\n.\0 a"u8.ToArray()), Gen.Byte).Array[0, 60];

    private static readonly Gen<int[]> Cuts = Gen.Int[0, 60].Array[0, 6];

    [Fact]
    public void The_DATA_reader_agrees_with_the_definition_however_the_bytes_are_cut() =>
        Gen.Select(Telling, Cuts).Sample((bytes, cuts) =>
        {
            var expected = ReadByDefinition(bytes);
            var decoder = new ContentDecoder(int.MaxValue, BareLineFeed.Reject, dots: true);
            var content = new MemoryStream();
            var input = Cut(bytes, cuts);
            while (decoder.TryRead(ref input, out var piece))
                content.Write(piece.Span);
            var actual = (decoder.IsComplete, decoder.Fault == ContentFault.BareLineEnd, Encoding.Latin1.GetString(content.ToArray()), (int)input.Length);
            if (actual.Item2)
                Assert.True(expected.Bad);
            else
                Assert.Equal(expected, actual);
        }, iter: Iterations);

    [Fact]
    public void What_the_client_side_would_stuff_comes_out_unchanged() =>
        Gen.Select(Of(".", "..", "", "a", ".\0", "x.").Array[0, 8], Cuts).Sample((lines, cuts) =>
        {
            var sent = string.Concat(lines.Select(line => (line.StartsWith('.') ? "." : "") + line + "\r\n")) + ".\r\nREST";
            var decoder = new ContentDecoder(int.MaxValue, BareLineFeed.Reject, dots: true);
            var content = new MemoryStream();
            var input = Cut(Encoding.Latin1.GetBytes(sent), cuts);
            while (decoder.TryRead(ref input, out var piece))
                content.Write(piece.Span);
            Assert.True(decoder.IsComplete);
            Assert.Equal(string.Concat(lines.Select(line => line + "\r\n")), Encoding.Latin1.GetString(content.ToArray()));
            Assert.Equal("REST", Encoding.Latin1.GetString(input));
        }, iter: Iterations);

    [Fact]
    public void The_chunk_reader_finds_every_bare_line_end_however_the_bytes_are_cut() =>
        Gen.Select(Telling, Cuts).Sample((bytes, cuts) =>
        {
            var checker = new ContentDecoder(int.MaxValue, BareLineFeed.Reject, dots: false);
            var input = Cut(bytes, cuts);
            while (checker.TryRead(ref input, out var _))
            {
            }
            checker.Finish();
            var text = Encoding.Latin1.GetString(bytes).Replace("\r\n", "", StringComparison.Ordinal);
            Assert.Equal(text.AsSpan().ContainsAny('\r', '\n'), checker.Fault == ContentFault.BareLineEnd);
        }, iter: Iterations);

    /// <summary>The end is CRLF.CRLF to the octet; otherwise LF, and CRs before it, end a line, and so does a CR alone.</summary>
    [Fact]
    public void The_normalising_reader_agrees_with_its_definition_however_the_bytes_are_cut() =>
        Gen.Select(Telling, Cuts).Sample((bytes, cuts) =>
        {
            var decoder = new ContentDecoder(int.MaxValue, BareLineFeed.Normalize, dots: true);
            var content = new MemoryStream();
            var input = Cut([.. bytes, .. "\r\n.\r\nREST"u8], cuts);
            while (decoder.TryRead(ref input, out var piece))
                content.Write(piece.Span);
            Assert.True(decoder.IsComplete);
            var text = "\r\n" + Encoding.Latin1.GetString(bytes) + "\r\n.\r\nREST";
            var end = text.IndexOf("\r\n.\r\n", StringComparison.Ordinal);
            Assert.Equal(text[(end + 5)..], Encoding.Latin1.GetString(input));
            var lines = LinesByDefinition(text[2..Math.Max(2, end + 2)]);
            var expected = string.Concat(lines.Select(line => (line.Length > 1 && line[0] == '.' ? line[1..] : line) + "\r\n"));
            Assert.Equal(expected, Encoding.Latin1.GetString(content.ToArray()));
        }, iter: Iterations);

    [Fact]
    public void The_command_parsers_take_anything() =>
        Gen.Select(Of("MAIL FROM:<", "RCPT TO:<", "MAIL FROM:", "BDAT ", "AUTH ", ""), Gen.String[Gen.Char["<>@:\"\\.[]=+; aA1\u00e9\u2028-%,"], 0, 40]).Sample((start, rest) =>
        {
            var command = SmtpCommandLine.Parse(Encoding.UTF8.GetBytes(start + rest));
            foreach (var trust in Enum.GetValues<ClientTrust>())
            {
                if (PathCommandParser.TryParseMail(command.Argument, 1000, trust, out var mail) is null && mail!.Sender.Length > 0)
                    AssertRoundTrip(mail.Sender, trust);
                if (PathCommandParser.TryParseRcpt(command.Argument, true, trust, out var rcpt) is null)
                    AssertRoundTrip(rcpt!.Mailbox.ToString(), trust);
            }
        }, iter: Iterations);

    [Fact]
    public async Task A_session_survives_anything_and_keeps_only_whole_messages() =>
        await Gen.Select(
            Of("EHLO c\r\n", "MAIL FROM:<a@a>\r\n", "RCPT TO:<b@b>\r\n", "DATA\r\n", ".\r\n", "BDAT 5\r\n", "BDAT 3 LAST\r\n", "abc\r\n", "RSET\r\n", "QUIT\r\n", "STARTTLS\r\n", "\n", "\0", "\xff\r\n", "AUTH PLAIN\r\n").Array[0, 25],
            Cuts).SampleAsync(async (lines, cuts) =>
        {
            var recorder = new Recorder { Login = ("a", "b") };
            var options = Conversation.Options();
            options.AllowPlaintextAuth = true;
            options.Timeouts.AuthFailure = TimeSpan.Zero;
            var said = await Conversation.PlayAsync(Pieces(Encoding.Latin1.GetBytes(string.Concat(lines)), cuts), recorder, options);
            Assert.Equal(0, recorder.Open);
            Assert.Equal(recorder.Messages.Count, said.Split("250 2.6.0 kept").Length - 1);
            Assert.Single(recorder.Ended);
            Assert.NotEqual(SmtpSessionEndReason.Error, recorder.Ended.First().Reason);
        }, iter: 2000);

    private static Gen<T> Of<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static void AssertRoundTrip(string address, ClientTrust trust)
    {
        Assert.True(trust == ClientTrust.Trusted ? SmtpMailbox.TryParseLenient(address, out var again) : SmtpMailbox.TryParse(address, out again));
        Assert.Equal(address, again.ToString());
        Assert.False(address.AsSpan().ContainsAny('\r', '\n', '\0'));
    }

    /// <summary>RFC 5321 §4.5.2 as plain as it can be written: a line at a time.</summary>
    private static (bool Complete, bool Bad, string Content, int Left) ReadByDefinition(byte[] bytes)
    {
        var text = Encoding.Latin1.GetString(bytes);
        var content = new StringBuilder();
        while (true)
        {
            var end = text.IndexOf("\r\n", StringComparison.Ordinal);
            var line = end < 0 ? text : text[..end];
            if (line.AsSpan().ContainsAny('\r', '\n') && !(end < 0 && line.IndexOfAny(['\r', '\n']) == line.Length - 1 && line[^1] == '\r'))
                return (false, true, "", 0);
            if (end < 0)
                return (false, false, content.Append(line is "." or ".\r" ? "" : line.StartsWith('.') ? line[1..] : line).ToString(), 0);
            text = text[(end + 2)..];
            if (line == ".")
                return (true, false, content.ToString(), text.Length);
            content.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
        }
    }

    private static string[] LinesByDefinition(string text)
    {
        while (text.Contains("\r\r", StringComparison.Ordinal))
            text = text.Replace("\r\r", "\r", StringComparison.Ordinal);
        return text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Split('\n')[..^1];
    }

    private static IEnumerable<byte[]> Pieces(byte[] bytes, int[] cuts)
    {
        var start = 0;
        foreach (var cut in cuts.Select(c => Math.Min(c, bytes.Length)).Append(bytes.Length).Order())
        {
            if (cut > start)
                yield return bytes[start..cut];
            start = Math.Max(start, cut);
        }
    }

    private static ReadOnlySequence<byte> Cut(byte[] bytes, int[] cuts)
    {
        Segment? first = null, last = null;
        foreach (var piece in Pieces(bytes, cuts))
            last = last is null ? first = new(piece, 0) : last.Append(piece);
        return first is null ? ReadOnlySequence<byte>.Empty : new(first, 0, last!, last!.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes, long at) => (Memory, RunningIndex) = (bytes, at);

        public Segment Append(byte[] bytes)
        {
            var next = new Segment(bytes, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}

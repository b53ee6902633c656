using System.Text;
using Slimta.Smtp.Server;

namespace Slimta.Tests.Smtp.Server;

/// <summary>What ends a message for somebody else must not end it here, and must not get through to somebody else.</summary>
public sealed class SmugglingTests
{
    private const string Before = "EHLO c.test\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\nSubject: x\r\n\r\nfirst";
    private const string After = "MAIL FROM:<evil@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\nsecond\r\n.\r\nQUIT\r\n";

    [Theory]
    [InlineData("\n.\n")]
    [InlineData("\n.\r\n")]
    [InlineData("\r\n.\n")]
    [InlineData("\r.\r")]
    [InlineData("\r.\n")]
    [InlineData("\r.\r\n")]
    [InlineData("\n.\r")]
    [InlineData("\r\n.\r")]
    [InlineData("\r\n.\r\r\n")]
    [InlineData("\r\r\n.\r\r\n")]
    [InlineData("\r\n.\t\n")]
    [InlineData("\n\n.\n\n")]
    public async Task A_bare_line_end_is_refused_and_the_session_is_closed_with_nothing_taken(string end)
    {
        foreach (var pieces in EverySplit(Before + end + After))
        {
            var recorder = new Recorder();
            var said = await Conversation.PlayAsync(pieces, recorder, Conversation.Options());
            Assert.EndsWith("\r\n354 End data with <CR><LF>.<CR><LF>\r\n554 5.6.0 Bare CR or LF in message; end lines with CRLF; closing\r\n", said, StringComparison.Ordinal);
            Assert.Empty(recorder.Messages);
            Assert.Equal(0, recorder.Open);
        }
    }

    [Theory]
    [InlineData("\r\n\0.\r\n", "\r\n\0.\r\n")]
    [InlineData("\r\n. \r\n", "\r\n \r\n")]
    [InlineData("\r\n.\0\r\n", "\r\n\0\r\n")]
    [InlineData("\r\n..\r\n", "\r\n.\r\n")]
    public async Task A_line_that_is_not_just_a_dot_is_content(string sent, string kept)
    {
        foreach (var pieces in EverySplit(Before + sent + After))
        {
            var recorder = new Recorder();
            var said = await Conversation.PlayAsync(pieces, recorder, Conversation.Options());
            Assert.EndsWith("\r\n250 2.6.0 kept\r\n221 2.0.0 Bye\r\n", said, StringComparison.Ordinal);
            Assert.Equal("Subject: x\r\n\r\nfirst" + kept + "MAIL FROM:<evil@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\nsecond\r\n", Assert.Single(recorder.Messages).Text);
        }
    }

    [Theory]
    [InlineData("NOOP\n")]
    [InlineData("NOOP\r")]
    [InlineData("NO\0OP\r\n")]
    [InlineData("NOOP\r\r\n")]
    public async Task A_command_with_a_bare_line_end_or_NUL_closes(string line)
    {
        foreach (var pieces in EverySplit("EHLO c.test\r\n" + line + "NOOP\r\n"))
        {
            var said = await Conversation.PlayAsync(pieces, new Recorder(), Conversation.Options());
            Assert.EndsWith("\r\n250 DSN\r\n500 5.5.2 Bare CR or LF, or a control character, in command; closing\r\n", said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_bare_line_end_in_a_chunk_is_refused_and_the_chunk_is_not_read_as_commands()
    {
        const string Chunk = "a\nb\r\nQUIT\r\n";
        foreach (var pieces in EverySplit($"EHLO c.test\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nBDAT {Chunk.Length} LAST\r\n{Chunk}NOOP\r\n"))
        {
            var recorder = new Recorder();
            var said = await Conversation.PlayAsync(pieces, recorder, Conversation.Options());
            Assert.EndsWith("\r\n554 5.6.0 Bare CR or LF in message; end lines with CRLF\r\n250 2.0.0 Ok\r\n", said, StringComparison.Ordinal);
            Assert.Empty(recorder.Messages);
        }
    }

    /// <summary>What a client may send whose bare line ends are normalised: all of it is one message, and its lines end with CRLF.</summary>
    [Theory]
    [InlineData("\n.\n", "\r\n.\r\n")]
    [InlineData("\n.\r\n", "\r\n.\r\n")]
    [InlineData("\r\n.\n", "\r\n.\r\n")]
    [InlineData("\r.\r", "\r\n.\r\n")]
    [InlineData("\r.\n", "\r\n.\r\n")]
    [InlineData("\r.\r\n", "\r\n.\r\n")]
    [InlineData("\n.\r", "\r\n.\r\n")]
    [InlineData("\r\n.\r", "\r\n.\r\n")]
    [InlineData("\r\n.\r\r\n", "\r\n.\r\n")]
    [InlineData("\r\r\n.\r\r\n", "\r\n.\r\n")]
    [InlineData("\r\n.\t\n", "\r\n\t\r\n")]
    [InlineData("\n\n.\n\n", "\r\n\r\n.\r\n\r\n")]
    [InlineData("\n..\n", "\r\n.\r\n")]
    [InlineData("\n.dot\n", "\r\ndot\r\n")]
    [InlineData("\r\n\0.\r\n", "\r\n\0.\r\n")]
    public async Task Normalised_line_ends_never_end_the_message(string sent, string kept)
    {
        const string Rest = "MAIL FROM:<evil@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\nsecond\r\n";
        foreach (var pieces in EverySplit(Before + sent + After))
        {
            var recorder = new Recorder { Trust = ClientTrust.Trusted };
            var said = await Conversation.PlayAsync(pieces, recorder, Conversation.Options());
            Assert.EndsWith("\r\n250 2.6.0 kept\r\n221 2.0.0 Bye\r\n", said, StringComparison.Ordinal);
            Assert.Equal("Subject: x\r\n\r\nfirst" + kept + Rest, Assert.Single(recorder.Messages).Text);
        }
        // Through BDAT no dot is touched, and the length ends it.
        var content = "Subject: x\r\n\r\nfirst" + sent + Rest;
        foreach (var pieces in EverySplit($"EHLO c.test\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nBDAT {content.Length} LAST\r\n{content}QUIT\r\n"))
        {
            var recorder = new Recorder { Trust = ClientTrust.Trusted };
            Assert.EndsWith("\r\n250 2.6.0 kept\r\n221 2.0.0 Bye\r\n", await Conversation.PlayAsync(pieces, recorder, Conversation.Options()), StringComparison.Ordinal);
            var text = Assert.Single(recorder.Messages).Text;
            Assert.False(text.Replace("\r\n", "", StringComparison.Ordinal).AsSpan().ContainsAny('\r', '\n'));
            Assert.Equal(content.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal), text.Replace("\r\n", "", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Where_the_setting_says_so_trusted_clients_are_refused_too()
    {
        var options = Conversation.Options();
        options.BareLineFeed = BareLineFeed.Reject;
        var recorder = new Recorder { Trust = ClientTrust.Trusted };
        var said = await Conversation.PlayAsync([Encoding.Latin1.GetBytes(Before + "\n.\r\n" + After)], recorder, options);
        Assert.Contains("\r\n554 5.6.0 ", said, StringComparison.Ordinal);
        Assert.Empty(recorder.Messages);
    }

    [Fact]
    public async Task A_chunk_that_ends_with_a_CR_goes_on_in_the_next()
    {
        const string Start = "EHLO c.test\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\n";
        foreach (var (chunks, kept) in new[] { ("BDAT 2\r\na\rBDAT 2 LAST\r\n\nb", "a\r\nb"), ("BDAT 2\r\na\rBDAT 1 LAST\r\nb", "a\r\nb"), ("BDAT 2 LAST\r\na\r", "a\r\n"), ("BDAT 2\r\na\rBDAT 0 LAST\r\n", "a\r\n") })
        {
            foreach (var pieces in EverySplit(Start + chunks + "QUIT\r\n"))
            {
                var recorder = new Recorder { Trust = ClientTrust.Trusted };
                await Conversation.PlayAsync(pieces, recorder, Conversation.Options());
                Assert.Equal(kept, Assert.Single(recorder.Messages).Text);
            }
        }
    }

    /// <summary>Cut in two at every byte, and byte by byte.</summary>
    private static IEnumerable<IEnumerable<byte[]>> EverySplit(string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        for (var i = 1; i < bytes.Length; i++)
            yield return [bytes[..i], bytes[i..]];
        yield return bytes.Select(b => new[] { b });
    }
}

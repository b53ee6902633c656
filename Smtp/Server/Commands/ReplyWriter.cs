using System.Buffers;

namespace Slimta.Smtp.Server;

/// <summary>Puts replies on the wire (RFC 5321 §4.2.1).</summary>
internal static class ReplyWriter
{
    public static void Write(IBufferWriter<byte> output, SmtpReply reply)
    {
        var text = reply.Text.AsSpan();
        while (true)
        {
            var end = text.IndexOf('\n');
            var line = (end < 0 ? text : text[..end]).TrimEnd('\r');
            WriteLine(output, reply, line, isLast: end < 0);
            if (end < 0)
                return;
            text = text[(end + 1)..];
        }
    }

    private static void WriteLine(IBufferWriter<byte> output, SmtpReply reply, ReadOnlySpan<char> text, bool isLast)
    {
        var enhanced = reply.EnhancedCode.AsSpan();
        var span = output.GetSpan(3 + 1 + enhanced.Length + 1 + text.Length + 2);
        reply.Code.TryFormat(span, out var at);
        span[at++] = isLast ? (byte)' ' : (byte)'-';
        if (enhanced.Length > 0)
        {
            at += Put(enhanced, span[at..]);
            span[at++] = (byte)' ';
        }
        at += Put(text, span[at..]);
        span[at++] = (byte)'\r';
        span[at++] = (byte)'\n';
        output.Advance(at);
    }

    /// <summary>RFC 5321 §4.2: printable ASCII. All else that a handler says becomes a question mark.</summary>
    private static int Put(ReadOnlySpan<char> text, Span<byte> to)
    {
        for (var i = 0; i < text.Length; i++)
            to[i] = text[i] is (>= ' ' and <= '~') or '\t' ? (byte)text[i] : (byte)'?';
        return text.Length;
    }
}

using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace Slimta.Smtp.Client;

/// <summary>
/// Reads replies (RFC 5321 §4.2) from a server that may be broken or hostile: bounded in size, whatever comes is text at most.
/// </summary>
internal sealed class ReplyReader(PipeReader input)
{
    /// <summary>A reply line has 512 octets (RFC 5321 §4.5.3.1.5) and the longest EHLO replies seen have 30 lines; four times that.</summary>
    public const int MaxReplyBytes = 64 * 1024;

    /// <summary>The next whole reply.</summary>
    /// <exception cref="EndOfStreamException">The server closed the connection.</exception>
    /// <exception cref="InvalidDataException">What came is not SMTP.</exception>
    public async ValueTask<SmtpReply> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!input.TryRead(out var result))
                result = await input.ReadAsync(cancellationToken);
            if (TryParse(result.Buffer, out var reply, out var consumed))
            {
                input.AdvanceTo(consumed);
                return reply;
            }
            if (result.Buffer.Length > MaxReplyBytes)
                throw new InvalidDataException($"The reply is longer than {MaxReplyBytes} bytes.");
            if (result.IsCompleted)
                throw new EndOfStreamException("The server closed the connection.");
            input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    /// <summary>True if something came that nobody asked for yet.</summary>
    public bool HasUnread()
    {
        if (!input.TryRead(out var result))
            return false;
        input.AdvanceTo(result.Buffer.Start);
        return !result.Buffer.IsEmpty;
    }

    private static bool TryParse(in ReadOnlySequence<byte> buffer, out SmtpReply reply, out SequencePosition consumed)
    {
        var reader = new SequenceReader<byte>(buffer);
        (SmtpReply? first, StringBuilder? text) = (null, null);
        while (reader.TryReadTo(out ReadOnlySequence<byte> bytes, (byte)'\n'))
        {
            var line = Encoding.UTF8.GetString(bytes);
            var (code, isLast, words) = ParseLine(line.EndsWith('\r') ? line[..^1] : line);
            if (first is null)
                first = EnhancedStatus.Split(code, words);
            else
                (text ??= new StringBuilder(first.Text)).Append('\n').Append(EnhancedStatus.Split(code, words).Text);
            if (!isLast)
                continue;
            // The codes of a reply's lines are to be the same (RFC 5321 §4.2.1); where they are not, the last one counts.
            reply = text is null && code == first.Code ? first : Join(first, code, text);
            consumed = reader.Position;
            return true;
        }
        (reply, consumed) = (null!, default);
        return false;
    }

    private static SmtpReply Join(SmtpReply first, int code, StringBuilder? text) =>
        new(code, code == first.Code ? first.EnhancedCode : null, text?.ToString() ?? first.Text);

    private static (int Code, bool IsLast, string Text) ParseLine(string line)
    {
        if (line.Length < 3 || line[0] is < '2' or > '5' || !char.IsAsciiDigit(line[1]) || !char.IsAsciiDigit(line[2])
            || (line.Length > 3 && line[3] is not (' ' or '-')))
        {
            throw new InvalidDataException($"This is not an SMTP reply: \"{Printable.Text(line.Length > 80 ? line[..80] : line)}\"");
        }
        var code = ((line[0] - '0') * 100) + ((line[1] - '0') * 10) + line[2] - '0';
        return (code, line.Length == 3 || line[3] == ' ', line.Length > 4 ? Printable.Text(line[4..]) : "");
    }
}

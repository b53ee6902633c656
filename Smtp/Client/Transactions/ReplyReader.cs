using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace Slimta.Smtp.Client;

/// <summary>
/// Reads replies (RFC 5321 §4.2) from a server that may be broken or hostile. The three digits decide, and only "-" after them means
/// that another line follows. A line is forgotten as soon as it is read, but for as much text as the caller keeps.
/// </summary>
internal sealed class ReplyReader(PipeReader input)
{
    /// <summary>A reply line has 512 octets (RFC 5321 §4.5.3.1.5) and the longest EHLO replies seen have 30 lines; four times that.</summary>
    public const int MaxReplyBytes = 64 * 1024;

    /// <summary>The bytes of a reply's text for records, logs and reports; of a refusal with a page of advice the first lines are enough.</summary>
    public const int KeptBytes = 1024;

    /// <summary>The code, what follows it and an enhanced status code, which are not counted as text.</summary>
    private const int LinePrefix = 16;

    private SmtpReply? _first;
    private StringBuilder? _text;
    private int _code;
    private int _room;
    private long _read;

    /// <summary>The code of the last line is read.</summary>
    private bool _isLast;

    /// <summary>In a line whose rest is skipped.</summary>
    private bool _skipping;

    /// <summary>The next whole reply, with no more than <paramref name="keep"/> octets of its text.</summary>
    /// <exception cref="EndOfStreamException">The server closed the connection.</exception>
    /// <exception cref="InvalidDataException">The bytes are not SMTP.</exception>
    public async ValueTask<SmtpReply> ReadAsync(int keep, CancellationToken cancellationToken)
    {
        (_first, _text, _room, _read, _isLast, _skipping) = (null, null, keep, 0, false, false);
        while (true)
        {
            if (!input.TryRead(out var result))
                result = await input.ReadAsync(cancellationToken);
            var rest = result.Buffer;
            var isWhole = Take(ref rest, keep);
            _read += result.Buffer.Length - rest.Length;
            input.AdvanceTo(rest.Start, isWhole ? rest.Start : rest.End);
            if (isWhole)
                return _text is null && _code == _first!.Code ? _first : Join(_first!);
            if (_read + rest.Length > MaxReplyBytes)
                throw new InvalidDataException($"The reply is longer than {MaxReplyBytes} bytes.");
            if (result.IsCompleted)
                throw new EndOfStreamException("The server closed the connection.");
        }
    }

    /// <summary>True if something came before it was asked for.</summary>
    public bool HasUnread()
    {
        if (!input.TryRead(out var result))
            return false;
        input.AdvanceTo(result.Buffer.Start);
        return !result.Buffer.IsEmpty;
    }

    /// <summary>Takes what lines there are; true when the last one's end is among them.</summary>
    private bool Take(ref ReadOnlySequence<byte> buffer, int keep)
    {
        while (!buffer.IsEmpty)
        {
            var end = buffer.PositionOf((byte)'\n');
            if (!_skipping)
            {
                if (end is null && buffer.Length < keep + LinePrefix)
                    return false;
                TakeLine(end is { } at ? buffer.Slice(0, at) : buffer);
            }
            _skipping = end is null;
            buffer = buffer.Slice(end is { } newline ? buffer.GetPosition(1, newline) : buffer.End);
            if (_isLast && !_skipping)
                return true;
        }
        return false;
    }

    private void TakeLine(in ReadOnlySequence<byte> bytes)
    {
        var line = bytes.IsSingleSegment ? bytes.FirstSpan : bytes.ToArray();
        if (line is [.., (byte)'\r'])
            line = line[..^1];
        if (line is not [>= (byte)'0' and <= (byte)'9' and var a, >= (byte)'0' and <= (byte)'9' and var b, >= (byte)'0' and <= (byte)'9' and var c, .. var words])
            throw new InvalidDataException($"This is not an SMTP reply: \"{ReplyText.Decode(line[..Math.Min(line.Length, 80)])}\"");
        _code = ((a - '0') * 100) + ((b - '0') * 10) + c - '0';
        _isLast = words is not [(byte)'-', ..];
        words = words is [(byte)' ' or (byte)'-' or (byte)'\t', .. var after] ? after : words;
        // The codes of a reply's lines are to be the same (RFC 5321 §4.2.1); where they are not, the last one counts.
        var part = EnhancedStatus.Split(_code, ReplyText.Decode(words[..Math.Min(words.Length, Math.Max(0, _room) + LinePrefix)]));
        var text = ReplyText.Cut(part.Text, _room);
        _room -= Encoding.UTF8.GetByteCount(text) + 1;
        if (_first is null)
            _first = text.Length == part.Text.Length ? part : part with { Text = text };
        else if (_room >= -1)
            (_text ??= new StringBuilder(_first.Text)).Append('\n').Append(text);
    }

    private SmtpReply Join(SmtpReply first) =>
        new(_code, _code == first.Code ? first.EnhancedCode : null, _text?.ToString() ?? first.Text);
}

/// <summary>Text that a server chose, for logs, records and bounces.</summary>
internal static class ReplyText
{
    /// <summary>UTF-8, as it is in use; bytes that are not UTF-8, and characters that may not be shown, are replaced.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes) => Printable.Text(Encoding.UTF8.GetString(bytes));

    /// <summary>As many whole characters as fit into so many octets of UTF-8.</summary>
    public static string Cut(string text, int octets)
    {
        if (Encoding.UTF8.GetMaxByteCount(text.Length) <= octets || Encoding.UTF8.GetByteCount(text) <= octets)
            return text;
        var end = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            octets -= rune.Utf8SequenceLength;
            if (octets < 0)
                break;
            end += rune.Utf16SequenceLength;
        }
        return text[..end];
    }
}

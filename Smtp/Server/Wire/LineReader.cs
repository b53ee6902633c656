using System.Buffers;

namespace Slimta.Smtp.Server;

/// <summary>
/// Finds a line that ends with CRLF; a bare CR or LF, or a NUL, in it is a fault (RFC 5321 §2.3.8). For a client whose bare line feeds
/// are normalized, LF ends a line too.
/// </summary>
internal static class LineReader
{
    public enum Found
    {
        /// <summary>More bytes are needed.</summary>
        Partial,
        Line,
        TooLong,
        Bad,
    }

    /// <summary>Takes a line off <paramref name="input"/>, without its CRLF.</summary>
    public static Found TryRead(ref ReadOnlySequence<byte> input, int maxLength, BareLineFeed bare, out ReadOnlySequence<byte> line)
    {
        line = default;
        var reader = new SequenceReader<byte>(input);
        if (!reader.TryReadToAny(out ReadOnlySequence<byte> text, "\r\n\0"u8, advancePastDelimiter: false))
            return input.Length > maxLength ? Found.TooLong : Found.Partial;
        if (text.Length > maxLength)
            return Found.TooLong;
        reader.TryRead(out var end);
        if (end == '\r')
        {
            if (!reader.TryRead(out var next))
                return Found.Partial;
            if (next != '\n')
                return Found.Bad;
        }
        else if (end != '\n' || bare == BareLineFeed.Reject)
            return Found.Bad;
        line = text;
        input = input.Slice(reader.Position);
        return Found.Line;
    }
}

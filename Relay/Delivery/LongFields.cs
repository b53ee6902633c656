using Slimta.Smtp.Client;

namespace Slimta.Relay.Delivery;

/// <summary>Header lines that are too long are folded where they have white space, which changes nothing of what they say (RFC 5322 §2.2.3).</summary>
internal static class LongFields
{
    public static int HeaderLength(ReadOnlySpan<byte> message) =>
        message.StartsWith("\r\n"u8) ? 0 : message.IndexOf("\r\n\r\n"u8) is var end and >= 0 ? end + 2 : message.Length;

    public static byte[] Fold(byte[] message)
    {
        var header = message.AsSpan(0, HeaderLength(message));
        var folded = new List<byte>();
        var rest = (ReadOnlySpan<byte>)header;
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf("\r\n"u8);
            var line = rest[..(end < 0 ? rest.Length : end)];
            rest = rest[(end < 0 ? rest.Length : end + 2)..];
            while (line.Length > ContentTraits.MaxLine && Break(line) is var at and > 0)
            {
                folded.AddRange(line[..at]);
                folded.AddRange("\r\n"u8);
                line = line[at..];
            }
            folded.AddRange(line);
            if (end >= 0)
                folded.AddRange("\r\n"u8);
        }
        return folded.Count == header.Length ? message : [.. folded, .. message.AsSpan(header.Length)];
    }

    /// <summary>The last white space that has something else before and after it; 0 if there is none.</summary>
    private static int Break(ReadOnlySpan<byte> line)
    {
        for (var at = ContentTraits.MaxLine; at > 0; at--)
        {
            if (line[at] is (byte)' ' or (byte)'\t' && line[at..].ContainsAnyExcept((byte)' ', (byte)'\t') && line[..at].ContainsAnyExcept((byte)' ', (byte)'\t'))
                return at;
        }
        return 0;
    }
}

using MimeKit;

namespace Slimta.Mailbox.Reading;

/// <summary>The fields of a message, also of one that cannot be taken apart.</summary>
internal static class MailHeader
{
    /// <summary>The most bytes read for the fields: a parser's time grows with the square of a field's length.</summary>
    private const int MostBytes = 64 * 1024;

    /// <returns>None where there is no header.</returns>
    public static IReadOnlyList<Header> Read(ReadOnlyMemory<byte> content)
    {
        try
        {
            using var stream = MimeLimits.Open(content[..Math.Min(content.Length, MostBytes)]);
            return [.. HeaderList.Load(stream)];
        }
        catch (FormatException)
        {
            return [];
        }
    }

    /// <summary>It has more of them than were read.</summary>
    public static bool IsCut(ReadOnlyMemory<byte> content) =>
        content.Length > MostBytes && content.Span[..MostBytes].IndexOf("\r\n\r\n"u8) < 0 && content.Span[..MostBytes].IndexOf("\n\n"u8) < 0;

    /// <summary>The first field of that name, decoded; characters that may not be shown are replaced.</summary>
    public static string? Find(IReadOnlyList<Header> fields, HeaderId id) =>
        fields.FirstOrDefault(field => field.Id == id) is { } found ? Printable.Text(found.Value) : null;
}

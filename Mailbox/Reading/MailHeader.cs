using MimeKit;

namespace Slimta.Mailbox.Reading;

/// <summary>The fields of a message, also of one that cannot be taken apart.</summary>
internal static class MailHeader
{
    /// <summary>Read of a message for its fields: a long one costs a parser a time that grows with its square.</summary>
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

    /// <summary>The first field of that name, decoded; what may not be shown is replaced.</summary>
    public static string? Find(IReadOnlyList<Header> fields, HeaderId id) =>
        fields.FirstOrDefault(field => field.Id == id) is { } found ? Printable.Text(found.Value) : null;
}

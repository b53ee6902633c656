using System.Text.RegularExpressions;
using MimeKit;

namespace Slimta.Mailbox.Reading;

/// <summary>The name under which a part is saved: a sender chose it, so it must name only a file in the reader's folder.</summary>
internal static partial class FileNames
{
    /// <summary>File systems take 255 bytes, at most four of them for a character.</summary>
    private const int MostLength = 60;

    private const int MostExtension = 12;

    public static string Of(MimeEntity part, int index)
    {
        var given = (part is MimePart leaf ? leaf.FileName : part.ContentDisposition?.FileName ?? part.ContentType.Name) ?? "";
        var name = Forbidden().Replace(Printable.Text(Shortened(given[(given.LastIndexOfAny(['/', '\\']) + 1)..])), "_").Trim(' ', '.');
        return name.Length > 0 ? name : $"part-{index + 1}{Extension(part)}";
    }

    private static string Shortened(string name)
    {
        if (name.Length <= MostLength)
            return name;
        var extension = Path.GetExtension(name);
        extension = extension.Length <= MostExtension ? extension : "";
        return name[..(MostLength - extension.Length)] + extension;
    }

    private static string Extension(MimeEntity part) =>
        part is MessagePart ? ".eml" : MimeTypes.TryGetExtension(part.ContentType.MimeType, out var known) ? known : ".bin";

    /// <summary>Characters that Windows allows in no name, and those that Printable has put in.</summary>
    [GeneratedRegex("""["*/:<>?\\|]""", RegexOptions.NonBacktracking)]
    private static partial Regex Forbidden();
}

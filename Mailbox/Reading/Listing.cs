using System.Text.RegularExpressions;
using MimeKit;

namespace Slimta.Mailbox.Reading;

/// <summary>A message's entry in a list, besides its envelope.</summary>
internal sealed partial record Listing(string? From, string? Subject, string? Preview, int Attachments)
{
    private const int MostField = 500;
    private const int MostPreview = 160;

    /// <summary>Of the body, for its first words.</summary>
    private const int MostRead = 4096;

    public static async Task<Listing> OfAsync(MailboxMessage message, CancellationToken cancellationToken)
    {
        if (message.Listing is { } known)
            return known;
        var fields = MailHeader.Read(message.Content);
        using var mail = await Mail.ReadAsync(message.Content, cancellationToken);
        var preview = Space().Replace(BodyText.Of(mail, MostRead, cancellationToken), " ").Trim();
        return message.Listing = new(
            Clipped(MailHeader.Find(fields, HeaderId.From), MostField), Clipped(MailHeader.Find(fields, HeaderId.Subject), MostField),
            Clipped(preview, MostPreview), mail.Attachments.Count());
    }

    /// <summary>Half a character at the end is replaced.</summary>
    private static string? Clipped(string? text, int most) => text is null ? null : Printable.Text(text.Length > most ? $"{text[..most]}…" : text);

    [GeneratedRegex(@"\s+", RegexOptions.NonBacktracking)]
    private static partial Regex Space();
}

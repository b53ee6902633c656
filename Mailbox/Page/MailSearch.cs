using System.Text.RegularExpressions;
using MimeKit;
using Slimta.Mailbox.Reading;

namespace Slimta.Mailbox;

/// <summary>Finds messages that have all the words: in the subject, in an address, in the text, or in an attachment's name.</summary>
internal sealed partial class MailSearch
{
    public const int MostLength = 500;

    /// <summary>Of a message's text.</summary>
    private const int MostText = 1024 * 1024;

    private readonly string[] _words;

    /// <param name="asked">Words; those in quotation marks stand together.</param>
    public MailSearch(string asked) =>
        _words = [.. Word().Matches(asked).Select(word => word.Groups["phrase"] is { Success: true } phrase ? phrase.Value : word.Value).Where(word => word.Length > 0)];

    public bool IsEmpty => _words.Length == 0;

    public async Task<bool> FindsAsync(MailboxMessage message, CancellationToken cancellationToken)
    {
        var listing = await Listing.OfAsync(message, cancellationToken);
        var missing = _words.ToList();
        foreach (var text in message.Recipients.Append(message.Sender).Append(listing.From).Append(listing.Subject))
            missing.RemoveAll(word => Has(text, word));
        // Only for those is the message taken apart.
        if (missing.Count == 0)
            return true;
        var fields = MailHeader.Read(message.Content);
        foreach (var field in fields.Where(field => field.Id is HeaderId.To or HeaderId.Cc or HeaderId.ReplyTo or HeaderId.MessageId or HeaderId.Subject))
            missing.RemoveAll(word => Has(field.Value, word));
        if (missing.Count == 0)
            return true;
        using var mail = await Mail.ReadAsync(message.Content, cancellationToken);
        var body = BodyText.Of(mail, MostText, cancellationToken);
        var names = mail.Attachments.Select(attachment => FileNames.Of(attachment.Part, attachment.Index)).ToList();
        return missing.TrueForAll(word => Has(body, word) || names.Exists(name => Has(name, word)));
    }

    private static bool Has(string? text, string word) => text is not null && text.Contains(word, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex("\"(?<phrase>[^\"]*)\"?|\\S+", RegexOptions.NonBacktracking)]
    private static partial Regex Word();
}

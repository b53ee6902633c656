using System.Text.Json.Serialization;
using MimeKit;
using Slimta.Mailbox.Reading;

namespace Slimta.Mailbox;

/// <param name="Version">Changes with each change of the mailbox.</param>
internal sealed record VersionView(long Version);

internal sealed record RemovedView(int Removed);

/// <param name="Count">Messages that are there, found or not.</param>
/// <param name="Total">Messages since the start, those that are gone included.</param>
/// <param name="Before">Send it to go on with the list; none at its end.</param>
internal sealed record MailboxList(long Version, int Count, long Total, int Unread, IReadOnlyList<MailboxLine> Messages, long? Before);

/// <param name="Recipients">The first of them.</param>
internal sealed record MailboxLine(string Id, DateTimeOffset Received, bool Read, string Sender, IReadOnlyList<string> Recipients, int RecipientCount,
    string? From, string? Subject, string? Preview, int Attachments, long Size)
{
    private const int Named = 3;

    public static async Task<MailboxLine> OfAsync(MailboxMessage message, CancellationToken cancellationToken)
    {
        var listing = await Listing.OfAsync(message, cancellationToken);
        return new(message.Id, message.Received, message.IsRead, Printable.Text(message.Sender), [.. message.Recipients.Take(Named).Select(Printable.Text)], message.Recipients.Count,
            listing.From, listing.Subject, listing.Preview, listing.Attachments, message.Content.Length);
    }
}

internal sealed record FieldView(string Name, string Value);

/// <param name="Index">Its place among the message's parts.</param>
/// <param name="Name">The name to save it under.</param>
internal sealed record AttachmentView(int Index, string Name, string Type, long Size);

/// <param name="Problem">Why it could not be taken apart.</param>
/// <param name="Frame">Where its HTML is, beside the page; null if it has none.</param>
/// <param name="Text">Null if it has none.</param>
/// <param name="MoreText">There is more of it than is shown.</param>
/// <param name="MoreHeaders">The same of the header.</param>
internal sealed record MailView(string Id, DateTimeOffset Received, bool Read, string Sender, IReadOnlyList<string> Recipients, int RecipientCount,
    string? Client, string? ClientAddress, string Protocol, IReadOnlyDictionary<string, string> Parameters, long Size, string? Problem, string? Subject,
    IReadOnlyList<FieldView> Headers, bool MoreHeaders, string? Frame, string? Text, bool MoreText, IReadOnlyList<AttachmentView> Attachments)
{
    private const int MostText = 512 * 1024;
    private const int MostFields = 1000;
    private const int MostRecipients = 1000;

    public static async Task<MailView> OfAsync(MailboxMessage message, CancellationToken cancellationToken)
    {
        var fields = MailHeader.Read(message.Content);
        using var mail = await Mail.ReadAsync(message.Content, cancellationToken);
        var (text, isWhole) = mail.Text is { } part ? PartContent.ReadText(part, MostText, cancellationToken) : (null, true);
        return new(message.Id, message.Received, message.IsRead, Printable.Text(message.Sender),
            [.. message.Recipients.Take(MostRecipients).Select(Printable.Text)], message.Recipients.Count,
            message.Client is { } client ? Printable.Text(client) : null, message.ClientAddress, message.Protocol,
            message.Parameters.ToDictionary(parameter => Printable.Text(parameter.Key), parameter => Printable.Text(parameter.Value)), message.Content.Length,
            mail.Problem, MailHeader.Find(fields, HeaderId.Subject),
            [.. fields.Take(MostFields).Select(field => new FieldView(Printable.Text(field.Field), Printable.Text(field.Value)))],
            fields.Count > MostFields || MailHeader.IsCut(message.Content),
            mail.Html is null ? null : MessageFrame.AddressOf(message), text, !isWhole,
            [.. mail.Attachments.Select(attachment => Of(attachment.Part, attachment.Index, cancellationToken))]);
    }

    private static AttachmentView Of(MimeEntity part, int index, CancellationToken cancellationToken) =>
        new(index, FileNames.Of(part, index), Printable.Text(part.ContentType.MimeType), PartContent.Measure(part, cancellationToken));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(VersionView))]
[JsonSerializable(typeof(RemovedView))]
[JsonSerializable(typeof(MailboxList))]
[JsonSerializable(typeof(MailView))]
internal sealed partial class MailboxJson : JsonSerializerContext;

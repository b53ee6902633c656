using MimeKit;
using Slimta.Smtp;
using Slimta.Smtp.Domains;
using Slimta.Storage;

namespace Slimta.Edge.Http;

/// <summary>Makes a message of a JSON request.</summary>
internal static class MimeComposer
{
    /// <summary>A message and its envelope's parts.</summary>
    public sealed record Composed(MimeMessage Message, string Sender, IReadOnlyList<Recipient> Recipients, bool NeedsUtf8);

    /// <returns>Null if <paramref name="errors"/> says what is wrong.</returns>
    public static Composed? Compose(MessageRequest request, string hostname, DateTimeOffset now, FieldErrors errors)
    {
        var message = new MimeMessage { Date = now, MessageId = $"{Guid.CreateVersion7(now):N}@{hostname}" };
        var recipients = new RecipientList();
        var sender = AddAddress("from", request.From, message.From, errors);
        AddAddresses("to", request.To, message.To, recipients, errors);
        AddAddresses("cc", request.Cc, message.Cc, recipients, errors);
        AddAddresses("bcc", request.Bcc, null, recipients, errors);
        if (recipients.Count == 0 && !errors.Any)
            errors.Add("to", "At least one recipient is needed in to, cc or bcc.");
        if (errors.IsClean("subject", request.Subject))
            message.Subject = request.Subject ?? "";
        message.Body = Body(request, errors);
        if (errors.Any)
            return null;
        var needsUtf8 = recipients.Recipients.Any(r => !System.Text.Ascii.IsValid(r.Address)) || !System.Text.Ascii.IsValid(sender!);
        message.Prepare(needsUtf8 ? EncodingConstraint.EightBit : EncodingConstraint.SevenBit);
        return new(message, sender!, recipients.Recipients, needsUtf8);
    }

    private static MimeEntity Body(MessageRequest request, FieldErrors errors)
    {
        var body = new BodyBuilder { TextBody = request.Text, HtmlBody = request.Html };
        if (request.Text is null && request.Html is null)
            body.TextBody = "";
        for (var i = 0; i < (request.Attachments?.Count ?? 0); i++)
            AddAttachment($"attachments[{i}]", request.Attachments![i], body, errors);
        return body.ToMessageBody();
    }

    private static void AddAttachment(string field, MessageAttachment attachment, BodyBuilder body, FieldErrors errors)
    {
        if (string.IsNullOrEmpty(attachment.Name))
            errors.Add($"{field}.name", "A name is needed.");
        else if (attachment.Content is null)
            errors.Add($"{field}.content", "Content is needed, in base64.");
        else if (!errors.IsClean($"{field}.name", attachment.Name) || !errors.IsClean($"{field}.contentType", attachment.ContentType))
            return;
        else if (attachment.ContentType is null)
            body.Attachments.Add(attachment.Name, attachment.Content);
        else if (ContentType.TryParse(attachment.ContentType, out var type))
            body.Attachments.Add(attachment.Name, attachment.Content, type);
        else
            errors.Add($"{field}.contentType", "Not a media type, such as application/pdf.");
    }

    private static void AddAddresses(string field, IReadOnlyList<string>? texts, InternetAddressList? header, RecipientList recipients, FieldErrors errors)
    {
        for (var i = 0; i < (texts?.Count ?? 0); i++)
            if (AddAddress($"{field}[{i}]", texts![i], header, errors) is { } address)
                recipients.Add(address);
    }

    /// <returns>The address for the envelope: its domain in ASCII.</returns>
    private static string? AddAddress(string field, string? text, InternetAddressList? header, FieldErrors errors)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            errors.Add(field, "An address is needed.");
            return null;
        }
        if (!errors.IsClean(field, text))
            return null;
        if (!MailboxAddress.TryParse(text, out var mailbox) || DomainName.WithAsciiDomain(mailbox.Address) is not { } ascii
            || !Mailbox.TryParseLenient(ascii, out var parsed) || parsed.Domain.Length == 0)
        {
            errors.Add(field, "Not an address, such as a@example.com or Name <a@example.com>.");
            return null;
        }
        header?.Add(mailbox);
        return parsed.ToString();
    }
}

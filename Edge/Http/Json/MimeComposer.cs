using MimeKit;
using Slimta.Smtp;
using Slimta.Domains;
using Slimta.Storage;

namespace Slimta.Edge.Http;

/// <summary>Makes a message of a JSON request.</summary>
internal static class MimeComposer
{
    /// <summary>A message and its envelope's parts.</summary>
    public sealed record Composed(MimeMessage Message, string Sender, IReadOnlyList<Recipient> Recipients, bool NeedsUtf8) : IDisposable
    {
        public void Dispose() => Message.Dispose();
    }

    /// <returns>Null if <paramref name="errors"/> says what is wrong.</returns>
    public static Composed? Compose(MessageRequest request, string hostname, DateTimeOffset now, FieldErrors errors, CancellationToken cancellationToken)
    {
        var message = new MimeMessage { Date = now, MessageId = $"{Guid.CreateVersion7(now):N}@{hostname}" };
        var recipients = new RecipientList();
        var sender = AddAddress("from", request.From, message.From, errors);
        AddAddresses("to", request.To, message.To);
        AddAddresses("cc", request.Cc, message.Cc);
        AddAddresses("bcc", request.Bcc, null);
        if (recipients.Count == 0 && !errors.Any)
            errors.Add("to", "At least one recipient is needed in to, cc or bcc.");
        if (errors.IsClean("subject", request.Subject))
            message.Subject = request.Subject ?? "";
        if (!errors.Any)
            message.Body = Body(request, errors, cancellationToken);
        if (errors.Any)
        {
            message.Dispose();
            return null;
        }
        var needsUtf8 = recipients.Recipients.Any(r => !System.Text.Ascii.IsValid(r.Address)) || !System.Text.Ascii.IsValid(sender!);
        Encode(message, needsUtf8 ? EncodingConstraint.EightBit : EncodingConstraint.SevenBit);
        return new(message, sender!, recipients.Recipients, needsUtf8);

        void AddAddresses(string field, IReadOnlyList<string>? texts, InternetAddressList? header)
        {
            for (var i = 0; i < (texts?.Count ?? 0) && !errors.IsFull; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (AddAddress($"{field}[{i}]", texts![i], header, errors) is { } address)
                    recipients.Add(address);
            }
        }
    }

    private static MimeEntity Body(MessageRequest request, FieldErrors errors, CancellationToken cancellationToken)
    {
        var body = new BodyBuilder { TextBody = Lines(request.Text), HtmlBody = Lines(request.Html) };
        if (request.Text is null && request.Html is null)
            body.TextBody = "";
        for (var i = 0; i < (request.Attachments?.Count ?? 0) && !errors.IsFull; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (AttachedPart.Make($"attachments[{i}]", request.Attachments![i], errors) is { } part)
                body.Attachments.Add(part);
        }
        return body.ToMessageBody();
    }

    /// <summary>A line of a message ends with CRLF, and has no other CR or LF.</summary>
    private static string? Lines(string? text) =>
        text is null || !text.AsSpan().ContainsAny('\r', '\n') ? text
        : text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Replace("\n", "\r\n", StringComparison.Ordinal);

    /// <summary>Attached messages stay as they are: RFC 2046 §5.2.1 allows no encoding of them, and says so of what holds them (RFC 2045 §6.4).</summary>
    private static void Encode(MimeMessage message, EncodingConstraint constraint)
    {
        var isEightBit = false;
        foreach (var part in message.BodyParts)
        {
            if (AttachedPart.IsMessage(part.ContentType))
                isEightBit |= part is MimePart { ContentTransferEncoding: ContentEncoding.EightBit };
            else
                part.Prepare(constraint);
        }
        if (isEightBit && message.Body is Multipart)
            message.Body.Headers[HeaderId.ContentTransferEncoding] = "8bit";
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
            || !SmtpMailbox.TryParseLenient(ascii, out var parsed) || parsed.Domain.Length == 0)
        {
            errors.Add(field, "Not an address, such as a@example.com or Name <a@example.com>.");
            return null;
        }
        header?.Add(mailbox);
        return parsed.ToString();
    }
}

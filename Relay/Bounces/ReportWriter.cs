using System.Text;
using MimeKit;
using MimeKit.Utils;
using Slimta.Smtp.Client;
using Slimta.Storage;

namespace Slimta.Relay.Bounces;

/// <summary>Makes a report into a message: multipart/report (RFC 6522) with text, RFC 3464's fields, and the original or its header.</summary>
internal sealed class ReportWriter(BounceOptions options, string hostname)
{
    public async Task<NewMessage> WriteAsync(Report report, CancellationToken cancellationToken)
    {
        var original = report.Message.Envelope;
        var message = new MimeMessage();
        message.From.Add(new MailboxAddress("Mail Delivery System", options.From ?? $"MAILER-DAEMON@{hostname}"));
        message.To.Add(AddressOf(original.Sender));
        message.Subject = ReportText.Subject(report);
        message.Date = report.Time;
        message.MessageId = MimeUtils.GenerateMessageId(hostname);
        // RFC 3834 §5: so that no responder answers it.
        message.Headers.Add("Auto-Submitted", report.Recipients.All(r => r.Told == ReportAction.Delayed) ? "auto-generated (delayed)" : "auto-replied");

        // Only the sender of an internationalized message can be expected to take an internationalized report (RFC 6533 §3).
        var utf8 = !Ascii.IsValid(original.Sender)
            || (original.Parameters.ContainsKey("SMTPUTF8") && await IsInternationalAsync(report, cancellationToken));
        var returned = await OriginalPart.MakeAsync(original, options.MaxReturnedBytes, utf8, cancellationToken);
        var text = new TextPart("plain") { Text = ReportText.Body(report, returned.IsWhole) };
        text.Prepare(EncodingConstraint.SevenBit);
        message.Body = new MultipartReport("delivery-status") { text, StatusPart.Make(report, utf8), returned.Part };
        // RFC 2045 §6.4: a multipart is 8bit as soon as a part is.
        if (utf8 || returned.Part.Headers["Content-Transfer-Encoding"] == "8bit")
            message.Body.Headers["Content-Transfer-Encoding"] = "8bit";
        return new NewMessage(new Envelope
        {
            Sender = "",
            Recipients = [new Recipient(original.Sender) { Parameters = Never }],
            Content = Serialize(message, utf8),
            Receiver = hostname,
            Received = report.Time,
            Subject = message.Subject,
            MessageId = message.MessageId,
            Parameters = utf8
                ? new Dictionary<string, string> { ["SMTPUTF8"] = "", ["BODY"] = "8BITMIME" }
                : new Dictionary<string, string> { ["BODY"] = "8BITMIME" },
        });
    }

    /// <summary>RFC 3461 §6.4: a report is sent with NOTIFY=NEVER.</summary>
    private static Dictionary<string, string> Never { get; } = new() { ["NOTIFY"] = "NEVER" };

    private static async ValueTask<bool> IsInternationalAsync(Report report, CancellationToken cancellationToken) =>
        report.Recipients.Any(recipient => !Ascii.IsValid(recipient.Recipient.Address))
        || await ContentTraits.HeaderHas8BitAsync(report.Message.Envelope.Content.ToOutgoing(), cancellationToken);

    private static InternetAddress AddressOf(string address) =>
        MailboxAddress.TryParse(Quoted(address), out var parsed) ? parsed : new MailboxAddress("", address);

    /// <summary>Dots outside a dot-atom, which some providers have in mailboxes, need quotes in a header (RFC 5322 §3.2.3).</summary>
    private static string Quoted(string address)
    {
        var at = address.LastIndexOf('@');
        return at > 0 && address[0] != '"' && (address[0] == '.' || address[at - 1] == '.' || address[..at].Contains("..", StringComparison.Ordinal))
            ? $"\"{address[..at]}\"{address[at..]}"
            : address;
    }

    private static MessageContent Serialize(MimeMessage message, bool utf8)
    {
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        format.International = utf8;
        format.EnsureNewLine = true;
        using var stream = new MemoryStream();
        message.WriteTo(format, stream);
        return MessageContent.From(stream.ToArray());
    }
}

using System.Text;
using MimeKit;
using MimeKit.Utils;
using Slimta.Smtp;
using Slimta.Storage;

namespace Slimta.Bounce;

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
        message.Headers.Add("Auto-Submitted", report.Recipients.All(r => r.Action == ReportAction.Delayed) ? "auto-generated (delayed)" : "auto-replied");

        var returned = await OriginalPart.MakeAsync(original, options.MaxReturnedBytes, cancellationToken);
        var utf8 = returned.IsUtf8 || !Ascii.IsValid(original.Sender) || report.Recipients.Any(r => !Ascii.IsValid(r.Recipient.Address));
        var text = new TextPart("plain") { Text = ReportText.Body(report, returned.IsWhole) };
        text.Prepare(EncodingConstraint.SevenBit);
        message.Body = new MultipartReport("delivery-status") { text, StatusPart(report, utf8), returned.Part };
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
            Parameters = utf8
                ? new Dictionary<string, string> { ["SMTPUTF8"] = "", ["BODY"] = "8BITMIME" }
                : new Dictionary<string, string> { ["BODY"] = "8BITMIME" },
        });
    }

    /// <summary>RFC 3461 §6.4: a report is sent with NOTIFY=NEVER.</summary>
    private static Dictionary<string, string> Never { get; } = new() { ["NOTIFY"] = "NEVER" };

    private static InternetAddress AddressOf(string address) =>
        MailboxAddress.TryParse(address, out var parsed) ? parsed : new MailboxAddress("", address);

    /// <summary>RFC 3464 §2.2 and §2.3, or RFC 6533 §3 where an address is not ASCII.</summary>
    private static MimeEntity StatusPart(Report report, bool utf8)
    {
        var message = new HeaderList();
        if (report.Message.Envelope.Parameters.TryGetValue("ENVID", out var envid) && Xtext.Decode(envid) is { } decoded)
            message.Add("Original-Envelope-Id", OneLine(decoded));
        message.Add("Reporting-MTA", $"dns; {report.ReportingMta}");
        if (report.Message.Envelope.Client.HeloName is { Length: > 0 } from)
            message.Add("Received-From-MTA", $"dns; {OneLine(from)}");
        if (report.Message.Envelope.Received != default)
            message.Add("Arrival-Date", DateUtils.FormatDate(report.Message.Envelope.Received));

        var groups = new List<HeaderList> { message };
        groups.AddRange(report.Recipients.Select(recipient => Fields(recipient, report)));
        var text = new StringBuilder();
        foreach (var group in groups)
        {
            foreach (var field in group)
                text.Append(field.Field).Append(": ").Append(field.Value).Append("\r\n");
            text.Append("\r\n");
        }
        var part = new MimePart("message", utf8 ? "global-delivery-status" : "delivery-status")
        {
            Content = new MimeContent(new MemoryStream(Encoding.UTF8.GetBytes(text.ToString(0, text.Length - 2)))),
            ContentTransferEncoding = utf8 ? ContentEncoding.EightBit : ContentEncoding.SevenBit,
        };
        return part;
    }

    private static HeaderList Fields(ReportedRecipient recipient, Report report)
    {
        var fields = new HeaderList();
        if (recipient.Recipient.Parameters.TryGetValue("ORCPT", out var orcpt) && orcpt.Split(';', 2) is [var type, var value])
            fields.Add("Original-Recipient", OneLine($"{type};{Xtext.Decode(value) ?? value}"));
        var address = recipient.Recipient.Address;
        fields.Add("Final-Recipient", $"{(Ascii.IsValid(address) ? "rfc822" : "utf-8")}; {OneLine(address)}");
        fields.Add("Action", recipient.Action switch
        {
            ReportAction.Failed => "failed",
            ReportAction.Delayed => "delayed",
            _ => "relayed",
        });
        fields.Add("Status", recipient.Status);
        if (recipient.RemoteMta is { Length: > 0 } remote)
            fields.Add("Remote-MTA", $"dns; {OneLine(remote)}");
        fields.Add("Diagnostic-Code", $"{(recipient.IsSmtp ? "smtp" : "X-Slimta")}; {OneLine(recipient.Diagnostic)}");
        fields.Add("Last-Attempt-Date", DateUtils.FormatDate(recipient.LastAttempt));
        if (recipient.Action == ReportAction.Delayed && report.RetryUntil is { } until)
            fields.Add("Will-Retry-Until", DateUtils.FormatDate(until));
        return fields;
    }

    /// <summary>One line of at most what RFC 5322 §2.1.1 allows, without controls.</summary>
    private static string OneLine(string text) => Printable.Text((text.Length <= 800 ? text : text[..800]).ReplaceLineEndings(" ")).Trim();

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

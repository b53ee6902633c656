using System.Text;
using MimeKit;
using MimeKit.Utils;
using Slimta.Smtp;
using Slimta.Smtp.Client;

namespace Slimta.Relay.Bounces;

/// <summary>
/// The part of a report that programs read: RFC 3464 §2.2 and §2.3, in ASCII even where the remote said more (§2.1); for internationalized
/// messages RFC 6533 §3.
/// </summary>
internal static class StatusPart
{
    /// <summary>A field's value, so that it fits a line of 998 octets (RFC 5322 §2.1.1) however it is encoded.</summary>
    private const int MaxValue = 800;

    public static MimeEntity Make(Report report, bool utf8)
    {
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        format.International = utf8;
        using var text = new MemoryStream();
        // Each group ends with an empty line.
        Message(report, utf8).WriteTo(format, text);
        foreach (var recipient in report.Recipients)
            Fields(recipient, report, utf8).WriteTo(format, text);
        text.SetLength(text.Length - 2);
        return new MimePart("message", utf8 ? "global-delivery-status" : "delivery-status")
        {
            Content = new MimeContent(new MemoryStream(text.ToArray())),
            ContentTransferEncoding = utf8 ? ContentEncoding.EightBit : ContentEncoding.SevenBit,
        };
    }

    private static HeaderList Message(Report report, bool utf8)
    {
        var envelope = report.Message.Envelope;
        var fields = new HeaderList();
        // RFC 3461 §4.4 lets only printable ASCII stand encoded in it; another value comes back as it was written.
        if (envelope.Parameters.TryGetValue("ENVID", out var envid) && Xtext.Decode(envid) is { } decoded)
            Add(fields, "Original-Envelope-Id", utf8 || Ascii.IsValid(decoded) ? decoded : envid);
        Add(fields, "Reporting-MTA", $"dns; {report.ReportingMta}");
        if (envelope.Client.HeloName is { Length: > 0 } from)
            Add(fields, "Received-From-MTA", $"dns; {from}");
        if (envelope.Received != default)
            Add(fields, "Arrival-Date", DateUtils.FormatDate(envelope.Received));
        return fields;
    }

    private static HeaderList Fields(RecipientResult recipient, Report report, bool utf8)
    {
        var fields = new HeaderList();
        if (recipient.Recipient.Parameters.TryGetValue("ORCPT", out var orcpt) && orcpt.Split(';', 2) is [var type, var value])
            Add(fields, "Original-Recipient", $"{type};{Original(type, value, utf8)}");
        var address = OneLine(recipient.Recipient.Address);
        Add(fields, "Final-Recipient", Ascii.IsValid(address) ? $"rfc822; {address}" : $"utf-8; {(utf8 ? address : Xtext.EncodeUtf8(address))}");
        Add(fields, "Action", recipient.Told switch
        {
            ReportAction.Failed or ReportAction.Expired => "failed",
            ReportAction.Delayed => "delayed",
            _ => "relayed",
        });
        var expired = recipient.Told == ReportAction.Expired;
        // 4.4.7: delivery time expired (RFC 3463).
        Add(fields, "Status", expired ? "4.4.7" : recipient.Status);
        // The server that gave the diagnostic (RFC 3464 §2.3.5).
        if (recipient is { Reply: not null, Host: { Length: > 0 } remote })
            Add(fields, "Remote-MTA", $"dns; {remote}");
        Add(fields, "Diagnostic-Code", $"{(recipient.Reply is not null && !expired ? "smtp" : "X-Slimta")}; {report.Diagnostic(recipient)}");
        Add(fields, "Last-Attempt-Date", DateUtils.FormatDate(report.LastAttempt));
        if (recipient.Told == ReportAction.Delayed && report.RetryUntil is { } until)
            Add(fields, "Will-Retry-Until", DateUtils.FormatDate(until));
        return fields;
    }

    /// <summary>Text that is not ASCII goes as encoded words, as it may in *text (RFC 2047 §5), unless the report is international.</summary>
    private static void Add(HeaderList fields, string name, string value) => fields.Add(new Header(Encoding.UTF8, name, OneLine(value)));

    private static string Original(string type, string value, bool utf8)
    {
        // RFC 6533 §3: this type has its own encoding, which an ASCII report keeps.
        if (type.Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            return Ascii.IsValid(value) ? value : utf8 ? value : Xtext.EncodeUtf8(value);
        var decoded = Xtext.Decode(value) ?? value;
        return utf8 || Ascii.IsValid(decoded) ? decoded : Ascii.IsValid(value) ? value : Xtext.Encode(value);
    }

    /// <summary>One line of a bounded length that may be shown.</summary>
    private static string OneLine(string text) => ReplyText.Cut(Printable.Text(text.ReplaceLineEndings(" ")).Trim(), MaxValue);
}

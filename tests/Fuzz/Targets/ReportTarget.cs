using System.Text;
using MimeKit;
using Slimta.Smtp;
using Slimta.Storage;

namespace Slimta.Fuzz.Targets;

/// <summary>
/// A bounce: the first line is the remote's words, the second ENVID and ORCPT, the third an address, the rest the original. It is a
/// multipart/report of three parts in whole lines, in ASCII unless it says otherwise.
/// </summary>
internal static class ReportTarget
{
    public static void Read(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes).Split('\n', 4);
        string Part(int i) => i < text.Length ? text[i] : "";
        var address = Slimta.Smtp.SmtpMailbox.TryParseLenient(Part(2), out var mailbox) ? mailbox.ToString() : "b@b.test";
        var original = new Envelope
        {
            Sender = address,
            Recipients = [new(address) { Index = 0, Parameters = new Dictionary<string, string> { ["ORCPT"] = Part(1) } }],
            Content = MessageContent.From(Encoding.UTF8.GetBytes(Part(3))),
            Client = new ClientInfo { Protocol = "SMTP", HeloName = Part(1), Trust = TrustedAs.Network },
            Parameters = new Dictionary<string, string> { ["ENVID"] = Part(1), ["RET"] = "FULL" },
        };
        foreach (var utf8 in new[] { false, true })
        {
            if (utf8)
                original = original with { Parameters = new Dictionary<string, string>(original.Parameters) { ["SMTPUTF8"] = "" } };
            Check(original, Part(0));
        }
    }

    private static void Check(Envelope original, string diagnostic)
    {
        var report = new Report
        {
            Message = new QueuedMessage { Id = "1", Attempts = 1, RecipientCount = 1, Envelope = original },
            Recipients = [new(original.Recipients[0], DeliveryOutcome.Permanent) { Reply = new SmtpReply(550, "5.1.1", diagnostic), Host = "mx.b.test", Told = ReportAction.Failed }],
            ReportingMta = "relay.test",
            Time = DateTimeOffset.UnixEpoch,
            LastAttempt = DateTimeOffset.UnixEpoch,
        };
        var written = new ReportWriter(new BounceOptions(), "relay.test").WriteAsync(report, default).GetAwaiter().GetResult().Envelope;
        var bytes = written.Content.ToArrayAsync(default).AsTask().GetAwaiter().GetResult();
        Claim.WholeLines(bytes);
        var parsed = MimeMessage.Load(new MemoryStream(bytes));
        Claim.That(parsed.Body is MultipartReport { Count: 3 });
        var originalIsAscii = Ascii.IsValid(original.Content.ToArrayAsync(default).AsTask().GetAwaiter().GetResult());
        Claim.That(Ascii.IsValid(bytes) || written.Parameters.ContainsKey("SMTPUTF8") || !originalIsAscii);
    }
}

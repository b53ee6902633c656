using System.Text;
using Slimta.Relay.Dkim;
using Slimta.Storage;

namespace Slimta.Fuzz.Targets;

/// <summary>The header of a message: all who read it find the same end, however it comes; what is put before it is ASCII.</summary>
internal static class HeaderTarget
{
    public static void Read(byte[] bytes)
    {
        var whole = Scan(bytes, bytes.Length);
        var cut = Scan(bytes, 1);
        Claim.Same((whole.Length, whole.Received, whole.HasDate, whole.HasMessageId, whole.NeedsSeparator, whole.MailboxLines, whole.Traceparent),
            (cut.Length, cut.Received, cut.HasDate, cut.HasMessageId, cut.NeedsSeparator, cut.MailboxLines, cut.Traceparent));
        _ = whole.ParentTrace();
        var text = Encoding.UTF8.GetString(bytes);
        var prefix = HeaderPolicies.Compose(whole, new Envelope
        {
            Sender = "a@a.test",
            Recipients = [new(text)],
            Content = MessageContent.From(bytes),
            Client = new ClientInfo { Protocol = "SMTP", HeloName = text, Ip = "::1" },
            Receiver = "mx.test",
        }, "id", null);
        Claim.That(Ascii.IsValid(prefix));
        Claim.WholeLines(prefix);
        foreach (var address in FromField.Read(bytes) ?? [])
            Claim.That(address.Contains('@', StringComparison.Ordinal));
        foreach (var (_, raw) in HeaderFields.Split(Encoding.Latin1.GetString(bytes)))
        {
            // A bare CR may stand in what passes for a name; such a name is none that is signed.
            var relaxed = HeaderFields.Relax(raw);
            Claim.That(!relaxed.AsSpan(relaxed.IndexOf(':', StringComparison.Ordinal)).ContainsAny('\r', '\n', '\t'));
        }
        var folded = LongFields.Fold(bytes);
        Claim.Same(Encoding.Latin1.GetString(bytes).Replace("\r\n", "", StringComparison.Ordinal), Encoding.Latin1.GetString(folded).Replace("\r\n", "", StringComparison.Ordinal));
    }

    private static HeaderScanner Scan(byte[] bytes, int size)
    {
        var scanner = new HeaderScanner();
        for (var at = 0; at < bytes.Length;)
        {
            at = Math.Min(at + size, bytes.Length);
            if (scanner.Scan(bytes.AsSpan(0, at)))
                return scanner;
        }
        scanner.End(bytes);
        return scanner;
    }
}

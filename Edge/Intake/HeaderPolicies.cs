using System.Globalization;
using System.Text;
using Slimta.Domains;
using Slimta.Storage;

namespace Slimta.Edge.Intake;

/// <summary>
/// The fields that the edge puts before a message. It only prepends, so that signed parts stay as they were; and only ASCII, so that no next
/// hop refuses a message for what we put into it.
/// </summary>
internal static class HeaderPolicies
{
    /// <summary>Before a line of an mbox file, as Postfix does: it is a field then, and the header goes on.</summary>
    public static ReadOnlyMemory<byte> MailboxLine { get; } = "X-Mailbox-Line: "u8.ToArray();

    /// <summary>Received (RFC 5321 §4.4) always; Date and Message-ID where they are missing (RFC 6409 §8).</summary>
    public static byte[] Compose(in HeaderScanner header, Envelope envelope, string id, string? tls)
    {
        var date = envelope.Received.ToString("ddd, dd MMM yyyy HH:mm:ss ", CultureInfo.InvariantCulture)
            + envelope.Received.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal);
        var text = new StringBuilder(320);
        var client = envelope.Client;
        text.Append("Received: from ").Append(Name(client));
        if (client.Ip is not null)
            text.Append(" (").Append(Literal(client.Ip)).Append(')');
        text.Append("\r\n\tby ").Append(envelope.Receiver).Append(" with ").Append(client.Protocol);
        if (tls is not null)
            text.Append("\r\n\t(").Append(tls).Append(')');
        text.Append("\r\n\tid ").Append(id);
        // With more than one, each would learn of the others, blind copies too (RFC 5321 §7.6).
        if (envelope.Recipients.Count == 1 && DomainName.WithAsciiDomain(envelope.Recipients[0].Address) is { } recipient && IsPrintable(recipient))
            text.Append("\r\n\tfor <").Append(recipient).Append('>');
        text.Append(";\r\n\t").Append(date).Append("\r\n");
        if (!header.HasDate)
            text.Append("Date: ").Append(date).Append("\r\n");
        if (!header.HasMessageId)
            text.Append("Message-ID: <").Append(NewMessageId(envelope, id)).Append(">\r\n");
        if (header.NeedsSeparator)
            text.Append("\r\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    public static string NewMessageId(Envelope envelope, string id) => $"{id}@{envelope.Receiver}";

    /// <summary>What the client called itself, in ASCII; where that is no domain and no literal, its address (RFC 5321 §4.4).</summary>
    private static string Name(ClientInfo client)
    {
        var name = client.HeloName ?? "";
        var isPlain = Ascii.IsValid(name) && (DomainName.IsDomain(name) || DomainName.TryParseLiteral(name, out _));
        return isPlain ? name : DomainName.Normalize(name) ?? Literal(client.Ip);
    }

    private static bool IsPrintable(string text) => !text.AsSpan().ContainsAnyExceptInRange(' ', '~');

    /// <summary>An address literal (RFC 5321 §4.1.3).</summary>
    public static string Literal(string? ip) => ip is null ? "unknown" : ip.Contains(':', StringComparison.Ordinal) ? $"[IPv6:{ip}]" : $"[{ip}]";
}

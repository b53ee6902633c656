using System.Security.Cryptography;
using Slimta.Mailbox.Reading;

namespace Slimta.Mailbox;

/// <summary>A message that arrived, byte for byte.</summary>
public sealed record MailboxMessage
{
    public string Id { get; } = Guid.CreateVersion7().ToString("N");
    public required DateTimeOffset Received { get; init; }
    public required string Sender { get; init; }
    public required IReadOnlyList<string> Recipients { get; init; }

    /// <summary>The name that the client gave in EHLO or HELO, and its protocol (RFC 3848).</summary>
    public required string? Client { get; init; }
    public required string Protocol { get; init; }

    /// <summary>The address of the client's socket.</summary>
    public string? ClientAddress { get; init; }

    public required IReadOnlyDictionary<string, string> Parameters { get; init; }
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>Its subject, decoded and printable; null if it has none.</summary>
    public string? ReadSubject() => MailHeader.Find(MailHeader.Read(Content), MimeKit.HeaderId.Subject);

    /// <summary>Bytes that it takes, about: with many recipients most of them are not the content's.</summary>
    internal long Size => Content.Length + Recipients.Sum(recipient => 2L * recipient.Length);

    /// <summary>Its place in the order of arrival, from 1.</summary>
    internal long Number { get; set; }

    internal bool IsRead { get; set; }

    /// <summary>Its entry in a list, once that was asked for.</summary>
    internal Listing? Listing { get; set; }

    /// <summary>Opens its HTML in a frame: a frame cannot show an API key.</summary>
    internal string FrameKey { get; } = RandomNumberGenerator.GetHexString(32, lowercase: true);
}

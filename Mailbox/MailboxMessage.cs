namespace Slimta.Mailbox;

/// <summary>A message that arrived, byte for byte.</summary>
public sealed record MailboxMessage
{
    public string Id { get; } = Guid.CreateVersion7().ToString("N");
    public required DateTimeOffset Received { get; init; }
    public required string Sender { get; init; }
    public required IReadOnlyList<string> Recipients { get; init; }

    /// <summary>What the client called itself, and how it spoke (RFC 3848).</summary>
    public required string? Client { get; init; }
    public required string Protocol { get; init; }
    public required IReadOnlyDictionary<string, string> Parameters { get; init; }
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>Bytes that it takes, about: with many recipients most of them are not the content's.</summary>
    internal long Size => Content.Length + Recipients.Sum(recipient => 2L * recipient.Length);
}

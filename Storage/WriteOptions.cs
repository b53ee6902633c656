namespace Slimta.Storage;

/// <summary>What a write may carry besides the envelope.</summary>
public sealed record WriteOptions
{
    /// <summary>
    /// Makes repeated submission harmless: the same key again, within <see cref="QueueOptions.IdempotencyWindow"/>, stores nothing
    /// and returns the first id. Up to 255 characters.
    /// </summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>
    /// Distinguishes messages under the same key; by default a hash of sender, recipients and content. A caller that
    /// adds to the content (a Received field) gives a hash of what the client sent; the empty string if it will be known only at
    /// <see cref="MessageWriter.CommitAsync"/>.
    /// </summary>
    public string? Fingerprint { get; init; }
}

namespace Slimta.Storage;

/// <summary>The content is larger than <see cref="QueueOptions.MaxMessageBytes"/>. Nothing was stored (RFC 5321: 552).</summary>
public sealed class MessageTooLargeException(long limit)
    : QueueException($"The message is larger than {limit} bytes, the limit that Storage:MaxMessageBytes sets. Nothing was stored.")
{
    /// <summary>Bytes.</summary>
    public long Limit { get; } = limit;
}

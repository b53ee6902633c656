using System.Diagnostics;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>Reads messages: plain commands beside the scripts, so that content never holds the server up.</summary>
internal sealed class MessageReader(QueueServer server)
{
    private static readonly RedisValue[] Fields = ["meta", "attempts", "delivered", "state", "content"];
    private static readonly RedisValue[] MetadataFields = ["meta", "attempts", "delivered"];

    /// <summary>The message, or null if there is none.</summary>
    public async Task<QueuedMessage?> ReadAsync(Partition partition, string id, CancellationToken cancellationToken)
    {
        var values = await server.ReadAsync("get", partition.Message(id), static (database, key) => database.HashGetAsync(key, Fields), cancellationToken);
        return values[0].IsNull ? null : Message(partition, id, values);
    }

    /// <summary>One of several that are read together.</summary>
    public async Task<QueuedMessage?> ReadAsync(Partition partition, string id, IDatabase connection)
    {
        var values = await server.ReadAsync("get", connection, partition.Message(id), static (database, key) => database.HashGetAsync(key, Fields));
        return values[0].IsNull ? null : Message(partition, id, values);
    }

    /// <summary>A message without its content, or null if there is none.</summary>
    public static async Task<MessageMetadata?> ReadMetadataAsync(IDatabaseAsync database, Partition partition, string id)
    {
        var values = await database.HashGetAsync(partition.Message(id), MetadataFields);
        if (values[0].IsNull)
            return null;
        var stored = EnvelopeFormat.Read(id, (byte[])values[0]!);
        var delivered = EnvelopeFormat.Indexes(values[2]);
        return new MessageMetadata
        {
            Sender = stored.Sender,
            Recipients = EnvelopeFormat.RecipientsOf(stored, System.Collections.Frozen.FrozenSet<int>.Empty),
            Delivered = delivered,
            Attempts = (int)values[1],
            Size = stored.Size,
            Client = stored.Client,
            Receiver = stored.Receiver,
            Received = stored.Received,
            TraceId = TraceOf(stored) is { TraceId: var trace } && trace != default ? trace.ToHexString() : null,
        };
    }

    private QueuedMessage Message(Partition partition, string id, RedisValue[] values)
    {
        var stored = EnvelopeFormat.Read(id, ((ReadOnlyMemory<byte>)values[0]).Span);
        if (stored.Chunks == 0 && values[4].IsNull)
            throw new QueueFormatException($"Message '{id}' has lost its content.");
        MessageContent content = stored.Chunks > 0
            ? new ChunkedContent(server, partition.Content(id), stored.Chunks, stored.Size)
            : MessageContent.From((ReadOnlyMemory<byte>)values[4]);
        return new QueuedMessage
        {
            Id = id,
            Envelope = EnvelopeFormat.ToEnvelope(stored, EnvelopeFormat.Indexes(values[2]), content),
            Attempts = (int)values[1],
            RecipientCount = stored.Recipients,
            State = values[3],
            TraceContext = TraceOf(stored),
        };
    }

    private static ActivityContext TraceOf(StoredEnvelope stored) =>
        ActivityContext.TryParse(stored.Trace, stored.TraceState, isRemote: true, out var context) ? context : default;
}

/// <summary>Content that stands in the queue in chunks; one is in memory at a time, and the next is on its way.</summary>
internal sealed class ChunkedContent(QueueServer server, RedisKey key, int chunks, long length) : MessageContent
{
    public override long Length => length;

    public override async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var next = ChunkAsync(0, cancellationToken);
        for (var i = 0; i < chunks; i++)
        {
            using var chunk = await next ?? throw new QueueFormatException($"Chunk {i} of {chunks} of '{key}' is missing.");
            if (i + 1 < chunks)
                next = ChunkAsync(i + 1, cancellationToken);
            yield return chunk.Memory;
        }
    }

    // Rented: arrays of this size are collected with the oldest generation only, and new ones cost the kernel a page at a time.
    private Task<Lease<byte>?> ChunkAsync(int index, CancellationToken cancellationToken) =>
        server.ReadAsync("get", (key, index), static (database, c) => database.HashGetLeaseAsync(c.key, c.index), cancellationToken);
}

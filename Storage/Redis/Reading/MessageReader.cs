using System.Diagnostics;
using System.Text.Json;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>Reads messages: plain commands beside the scripts, so that content never holds the server up.</summary>
internal sealed class MessageReader(QueueServer server)
{
    private static readonly RedisValue[] Fields = ["meta", "attempts", "delivered", "state", "content", "since", "bounce", "route", "asked", "bounce-by"];
    private static readonly RedisValue[] MetadataFields = ["meta", "attempts", "delivered", "bounce", "route", "bounce-by"];

    /// <summary>The message, or null if there is none.</summary>
    public async Task<QueuedMessage?> ReadAsync(Partition partition, string id, CancellationToken cancellationToken)
    {
        var values = await server.ReadAsync("get", partition.Message(id), static (database, key) => database.HashGetAsync(key, Fields), cancellationToken);
        return values[0].IsNull ? null : Readable(partition, id, values);
    }

    /// <summary>One of several that are read together.</summary>
    public async Task<QueuedMessage?> ReadAsync(Partition partition, string id, IDatabase connection)
    {
        var values = await server.ReadAsync("get", connection, partition.Message(id), static (database, key) => database.HashGetAsync(key, Fields));
        return values[0].IsNull ? null : Readable(partition, id, values);
    }

    /// <summary>The attempt records, and the problem where one cannot be read.</summary>
    public async Task<(IReadOnlyList<AttemptRecord> Records, string? Problem)> ReadAttemptsAsync(
        Partition partition, string id, CancellationToken cancellationToken)
    {
        var records = new List<AttemptRecord>();
        string? problem = null;
        try
        {
            foreach (var json in await server.ReadAsync("inspect", partition.Attempts(id), static (database, key) => database.ListRangeAsync(key), cancellationToken))
            {
                try
                {
                    records.Add(AttemptFormat.Read((byte[])json!));
                }
                catch (JsonException damaged)
                {
                    problem = $"An attempt record cannot be read: {damaged.Message}";
                }
            }
        }
        catch (QueueFormatException other)
        {
            problem = other.Message;
        }
        return (records, problem);
    }

    /// <summary>A message without its content, or null if there is none.</summary>
    /// <param name="withErrors">With <see cref="MessageMetadata.LastErrors"/>, which costs one more read.</param>
    public static async Task<MessageMetadata?> ReadMetadataAsync(IDatabaseAsync database, Partition partition, string id, bool withErrors)
    {
        var last = withErrors ? ReadLastAsync(database, partition, id) : null;
        var values = await database.HashGetAsync(partition.Message(id), MetadataFields);
        if (values[0].IsNull)
            return null;
        var stored = EnvelopeFormat.Read(id, (byte[])values[0]!);
        var delivered = StoredFields.Delivered(id, values[2], stored.Recipients);
        return MetadataOf(stored, delivered, StoredFields.Attempts(id, values[1])) with
        {
            BounceText = values[3],
            BouncedBy = values[5].IsNullOrEmpty ? null : (string?)values[5],
            Route = values[4],
            LastErrors = last is null ? [] : RepliesOf(await last, delivered),
        };
    }

    /// <summary>The same message, with <see cref="MessageMetadata.LastErrors"/>.</summary>
    public static async Task<MessageMetadata> WithErrorsAsync(IDatabaseAsync database, Partition partition, string id, MessageMetadata message) =>
        message with { LastErrors = RepliesOf(await ReadLastAsync(database, partition, id), message.Completed) };

    /// <summary>The reply of the last attempt for a recipient in this domain that still waits; null if there is none.</summary>
    public static async Task<string?> LastErrorAsync(IDatabaseAsync database, Partition partition, string id, MessageMetadata message, string domain) =>
        (await ReadLastAsync(database, partition, id)).FirstOrDefault(outcome => outcome.Reply is not null && !message.Completed.Contains(outcome.Index)
            && outcome.Index < message.Recipients.Count && MessageFilter.DomainOf(message.Recipients[outcome.Index].Address) == domain)?.Reply;

    private static List<string> RepliesOf(IReadOnlyList<RecipientOutcome> last, IReadOnlySet<int> delivered) =>
        [.. last.Where(outcome => !delivered.Contains(outcome.Index)).Select(outcome => outcome.Reply).OfType<string>().Distinct()];

    public static MessageMetadata MetadataOf(StoredEnvelope stored, IReadOnlySet<int> delivered, int attempts) => new()
    {
        Sender = stored.Sender,
        Recipients = EnvelopeFormat.RecipientsOf(stored, System.Collections.Frozen.FrozenSet<int>.Empty),
        Completed = delivered,
        Attempts = attempts,
        Size = stored.Size,
        Client = stored.Client,
        Receiver = stored.Receiver,
        Received = stored.Received,
        Subject = stored.Subject,
        MessageId = stored.MessageId,
        ResentFrom = stored.ResentFrom,
        TraceId = TraceOf(stored) is { TraceId: var trace } && trace != default ? trace.ToHexString() : null,
    };

    /// <summary>None where the record cannot be read: that is reported elsewhere.</summary>
    private static async Task<IReadOnlyList<RecipientOutcome>> ReadLastAsync(IDatabaseAsync database, Partition partition, string id)
    {
        try
        {
            return (await database.ListRangeAsync(partition.Attempts(id), -1, -1)) is [var json] ? AttemptFormat.Read((byte[])json!).Recipients : [];
        }
        catch (Exception damaged) when (damaged is JsonException || (damaged is RedisServerException other && RedisErrors.IsWrongType(other)))
        {
            return [];
        }
    }

    private QueuedMessage Readable(Partition partition, string id, RedisValue[] values)
    {
        try
        {
            return Message(partition, id, values);
        }
        catch (Exception error) when (error is not (QueueException or OutOfMemoryException))
        {
            throw new QueueFormatException($"Message '{id}' cannot be read: {error.GetType().Name}: {error.Message}", error);
        }
    }

    private QueuedMessage Message(Partition partition, string id, RedisValue[] values)
    {
        var stored = EnvelopeFormat.Read(id, ((ReadOnlyMemory<byte>)values[0]).Span);
        if (stored.Chunks == 0 && values[4].IsNull)
            throw new QueueFormatException($"Message '{id}' has lost its content.");
        if (stored.Chunks == 0 && values[4].Length() != stored.Size)
            throw new QueueFormatException($"The field 'content' of message '{id}' has {values[4].Length()} bytes and should have {stored.Size}.");
        MessageContent content = stored.Chunks > 0
            ? new ChunkedContent(server, partition.Content(id), stored.Chunks, stored.Size)
            : MessageContent.From((ReadOnlyMemory<byte>)values[4]);
        return new QueuedMessage
        {
            Id = id,
            Envelope = EnvelopeFormat.ToEnvelope(stored, StoredFields.Delivered(id, values[2], stored.Recipients), content),
            Attempts = StoredFields.Attempts(id, values[1]),
            RecipientCount = stored.Recipients,
            Note = values[3],
            Since = StoredFields.Time(id, "since", values[5]),
            Asked = StoredFields.Time(id, "asked", values[8]),
            BounceText = values[6],
            BouncedBy = values[9].IsNullOrEmpty ? null : (string?)values[9],
            Route = values[7],
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
        var left = length;
        for (var i = 0; i < chunks; i++)
        {
            using var chunk = await next ?? throw new QueueFormatException($"Chunk {i} of {chunks} of '{key}' is missing.");
            left -= chunk.Length;
            // Before the last piece: incomplete content is not delivered.
            if (left < 0 || (i + 1 == chunks && left != 0))
                throw new QueueFormatException($"The chunks of '{key}' have {length - left} bytes and should have {length}.");
            if (i + 1 < chunks)
                next = ChunkAsync(i + 1, cancellationToken);
            yield return chunk.Memory;
        }
    }

    // Rented: arrays of this size are collected with the oldest generation only, and new ones cost the kernel a page at a time.
    private Task<Lease<byte>?> ChunkAsync(int index, CancellationToken cancellationToken) =>
        server.ReadAsync("get", (key, index), static (database, c) => database.HashGetLeaseAsync(c.key, c.index), cancellationToken);
}

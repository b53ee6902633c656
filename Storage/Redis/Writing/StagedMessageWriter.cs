using System.Buffers;
using System.Security.Cryptography;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>
/// A message whose content arrives. Up to the inline limit it stays in one pooled buffer; beyond, it goes out in chunks of 256 KiB, one of
/// which is under way while the next fills. So a message of any size costs two chunks of memory.
/// </summary>
internal sealed class StagedMessageWriter : MessageWriter
{
    // Small enough for other clients to get in between on the server's one thread, large enough not to be chatty.
    private const int ChunkBytes = 256 * 1024;

    // Of stage.lua.
    private const int Taken = 1;
    private const int Full = -2;

    private readonly RedisStorage _storage;
    private readonly QueueServer _server;
    private readonly Partition _partition;
    private readonly WriteOptions? _options;
    private readonly long _mostQueueBytes;
    private readonly IncrementalHash? _hash;
    private byte[] _buffer;
    private byte[]? _sending;
    private int _filled;
    private long _length;
    private int _chunks;
    private Task _underWay = Task.CompletedTask;
    private StagedContent? _completed;

    /// <param name="mostQueueBytes">The queue's limit for it; 0: none.</param>
    public StagedMessageWriter(RedisStorage storage, QueueServer server, Partition partition, WriteOptions? options, long mostQueueBytes)
    {
        _storage = storage;
        _server = server;
        _partition = partition;
        _options = options;
        _mostQueueBytes = mostQueueBytes;
        Id = partition.NewId(server.Time);
        _hash = options is { IdempotencyKey: not null, Fingerprint: null } ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        _buffer = ArrayPool<byte>.Shared.Rent(8 * 1024);
    }

    public override string Id { get; }

    public override long Length => _length;

    private int InlineBytes => _server.Options.InlineBytes;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_buffer.Length == 0, this);
        if (_completed is not null)
            throw new InvalidOperationException("The content is complete: the message was committed.");
        if (_length + bytes.Length > _server.Options.MaxMessageBytes)
            throw new MessageTooLargeException(_server.Options.MaxMessageBytes);
        _hash?.AppendData(bytes.Span);
        _length += bytes.Length;
        while (!bytes.IsEmpty)
        {
            if (_filled == ChunkBytes)
                await SendAsync(cancellationToken);
            var take = Math.Min(bytes.Length, ChunkBytes - _filled);
            Reserve(_filled + take);
            bytes[..take].CopyTo(_buffer.AsMemory(_filled));
            _filled += take;
            bytes = bytes[take..];
        }
    }

    /// <summary>Takes the whole content.</summary>
    public async ValueTask<StagedContent> StageAsync(MessageContent content, CancellationToken cancellationToken)
    {
        await foreach (var piece in content.ReadAsync(cancellationToken))
            await WriteAsync(piece, cancellationToken);
        return await CompleteAsync(cancellationToken);
    }

    public override async Task<string> CommitAsync(
        Envelope envelope, Due timestamp = default, string? fingerprint = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        ObjectDisposedException.ThrowIf(_buffer.Length == 0, this);
        if (envelope.Content != MessageContent.None)
            throw new ArgumentException("The envelope has content, and so has the writer: leave Envelope.Content unset.", nameof(envelope));
        if (_completed is { Written: true })
            throw new InvalidOperationException("The message was committed before.");
        var content = await CompleteAsync(cancellationToken);
        var options = fingerprint is null || _options is null ? _options : _options with { Fingerprint = fingerprint };
        return await _storage.WriteAsync(envelope with { Content = content }, timestamp, options, cancellationToken);
    }

    /// <summary>Ends the content, which belongs in one message.</summary>
    public async ValueTask<StagedContent> CompleteAsync(CancellationToken cancellationToken = default)
    {
        if (_completed is not null)
            return _completed;
        if (_chunks > 0 || _length > InlineBytes)
        {
            if (_filled > 0)
                await SendAsync(cancellationToken);
            await _underWay.WaitAsync(cancellationToken);
        }
        return _completed = new StagedContent(
            _server, Id, _partition, _length, _chunks,
            _chunks > 0 ? default : _buffer.AsMemory(0, _filled), _hash?.GetHashAndReset());
    }

    /// <summary>The message is in the queue.</summary>
    public void Written() => _completed?.Written = true;

    /// <summary>The same, but stops waiting once the token is cancelled: content that is not dropped expires.</summary>
    public async Task DisposeAsync(CancellationToken cancellationToken) =>
        await DisposeAsync().AsTask().WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>Drops what was staged, unless it was written.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (_buffer.Length == 0)
            return;
        await _underWay.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_completed is not { Written: true })
        {
            // These bytes must not be used again: a write under way that was abandoned still might, so they do not go to the pool.
            if (_chunks > 0)
                await DropAsync(Id);
        }
        else
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            if (_sending is not null)
                ArrayPool<byte>.Shared.Return(_sending);
        }
        _buffer = [];
        _hash?.Dispose();
    }

    private void Reserve(int size)
    {
        if (size <= _buffer.Length)
            return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(Math.Max(size, 2 * _buffer.Length), ChunkBytes));
        _buffer.AsSpan(0, _filled).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        await _underWay.WaitAsync(cancellationToken);
        var chunk = _buffer;
        var length = _filled;
        _underWay = StageAsync(_chunks++, chunk.AsMemory(0, length), cancellationToken);
        _buffer = _sending ?? ArrayPool<byte>.Shared.Rent(ChunkBytes);
        _sending = chunk;
        _filled = 0;
    }

    private async Task StageAsync(int index, ReadOnlyMemory<byte> chunk, CancellationToken cancellationToken)
    {
        await _server.ReadyForMailAsync(cancellationToken);
        int code;
        RedisValue[] stale;
        do
        {
            var reply = (RedisValue[])(await _server.RunBodyAsync(Script.Stage,
                [_partition.State, _partition.Staging, _partition.Staged, _partition.Content(Id)],
                [Id, index, chunk, (long)_server.Options.StagingLifetime.TotalMilliseconds, _mostQueueBytes], cancellationToken))!;
            (code, stale) = ((int)reply[0], reply[1..]);
            await Task.WhenAll(stale.Select(DropAsync));
        }
        // Content that others left behind has made room.
        while (code == Full && stale.Length > 0);
        if (code == Full)
            throw new QueueFullException($"The queue has no room for a message of this size (Storage:MaxBytes is {_mostQueueBytes}). Nothing was stored.");
        if (code != Taken)
            throw new QueueException($"The content took longer to arrive than Storage:StagingLifetime ({_server.Options.StagingLifetime}) allows. Nothing was stored.");
    }

    /// <param name="id">As it stands there: bytes that are no text would not be found again as text.</param>
    private async Task DropAsync(RedisValue id)
    {
        try
        {
            await _server.RunBodyAsync(Script.Unstage, [_partition.Staging, _partition.Staged, _partition.Content(id!)], [id], default);
        }
        catch (QueueException)
        {
            // It expires, and the next one to stage something drops the rest.
        }
    }
}

/// <summary>Content that a writer has completed.</summary>
internal sealed class StagedContent(
    QueueServer server, string id, Partition partition, long length, int chunks, ReadOnlyMemory<byte> inline, byte[]? hash) : MessageContent
{
    public override long Length => length;
    public int Chunks => chunks;
    public byte[]? Hash => hash;
    public bool Written { get; set; }

    public string Id => id;

    public Partition Partition => partition;

    public override bool TryGetMemory(out ReadOnlyMemory<byte> content)
    {
        content = inline;
        return chunks == 0;
    }

    public override IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken = default) =>
        (chunks == 0 ? From(inline) : new ChunkedContent(server, partition.Content(id), chunks, length)).ReadAsync(cancellationToken);
}

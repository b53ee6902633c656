using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

public sealed partial class RedisStorage
{
    private const int MostKeyLength = 255;

    public ContentWriter BeginContent(WriteOptions? options = null, string? beside = null)
    {
        CheckKey(options);
        return new StagedContentWriter(
            _server, beside is null ? _server.PartitionFor(options?.IdempotencyKey) : _server.PartitionOf(beside),
            fingerprint: options is { IdempotencyKey: not null, Fingerprint: null });
    }

    public async Task<string> WriteAsync(
        Envelope envelope, Due timestamp = default, WriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        EnvelopeCheck.ThrowIfBad(envelope);
        CheckKey(options);
        if (envelope.Content.Length > _options.MaxMessageBytes)
            throw new MessageTooLargeException(_options.MaxMessageBytes);

        var operation = new QueueOperation(_server.Telemetry, "write", "send", ActivityKind.Producer);
        try
        {
            var id = await WriteAsync(envelope, timestamp, options, operation.Activity, cancellationToken);
            operation.Activity?.SetTag("messaging.message.id", id).SetTag("messaging.message.body.size", envelope.Content.Length);
            QueueTelemetry.Sent.Add(1, new KeyValuePair<string, object?>("messaging.destination.name", _server.Telemetry.Queue));
            return id;
        }
        catch (Exception error)
        {
            throw operation.Failed(error);
        }
        finally
        {
            operation.Dispose();
        }
    }

    private async Task<string> WriteAsync(
        Envelope envelope, Due timestamp, WriteOptions? options, Activity? trace, CancellationToken cancellationToken)
    {
        // Content that is too large to be inline and was not staged is staged now.
        if (envelope.Content is not StagedContent && envelope.Content.Length > _options.InlineBytes)
        {
            await using var writer = BeginContent(options);
            await foreach (var piece in envelope.Content.ReadAsync(cancellationToken))
                await writer.WriteAsync(piece, cancellationToken);
            return await WriteAsync(envelope with { Content = await writer.CompleteAsync(cancellationToken) }, timestamp, options, trace, cancellationToken);
        }

        var staged = envelope.Content as StagedContent;
        var key = options?.IdempotencyKey;
        var partition = key is null && staged is not null ? staged.Partition : _server.PartitionFor(key);
        var id = staged?.IdFor(partition) ?? partition.NewId(_server.Time);
        var write = new PendingWrite(envelope, timestamp, id, partition, options, await FingerprintAsync(envelope, options, cancellationToken), trace);
        var (keys, arguments) = await BuildAsync(write, cancellationToken);
        var written = await RunAsync(write, keys, arguments, cancellationToken);
        staged?.Written = written == id;
        return written;
    }

    private async Task<string> RunAsync(PendingWrite write, RedisKey[] keys, RedisValue[] arguments, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var reply = (RedisResult[])(await _server.ChangeAsync(Script.Write, keys, arguments, body: true, cancellationToken))!;
                return Interpret(write, reply);
            }
            catch (QueueUnavailableException lost) when (lost.OutcomeUnknown && write.Options?.IdempotencyKey is not null && attempt < 4)
            {
                // The message may be in the queue, or even delivered: only its idempotency key can tell, so only with one is it sent again.
                await Task.Delay(TimeSpan.FromMilliseconds(250 * attempt), _server.Time, cancellationToken);
            }
        }
    }

    private async Task<(RedisKey[] Keys, RedisValue[] Arguments)> BuildAsync(PendingWrite write, CancellationToken cancellationToken)
    {
        var (envelope, _, id, partition, options, fingerprint, trace) = write;
        var chunks = (envelope.Content as StagedContent)?.Chunks ?? 0;
        List<RedisKey> keys = [partition.Schedule, partition.State, partition.Held, partition.Message(id), partition.Content(id)];
        if (chunks > 0)
            keys.AddRange([partition.Staging, partition.Staged]);
        if (options?.IdempotencyKey is { } key)
            keys.Add(partition.Idempotency(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..32]));
        RedisValue content = chunks > 0 ? RedisValue.EmptyString
            : envelope.Content.TryGetMemory(out var memory) ? memory
            : await envelope.Content.ToArrayAsync(cancellationToken);
        return ([.. keys],
        [
            id, write.Due.ToArgument(), chunks, EnvelopeFormat.Write(envelope, chunks, trace), content, envelope.Content.Length,
            _options.MaxMessages, _options.MaxBytes, _server.WakeChannel, partition.Index,
            options?.IdempotencyKey is null ? "" : (long)_options.IdempotencyWindow.TotalMilliseconds, fingerprint,
        ]);
    }

    private string Interpret(PendingWrite write, RedisResult[] reply) => (int)reply[0] switch
    {
        1 => write.Id,
        3 => (string)reply[1]!,
        -1 => throw new IdempotencyConflictException(write.Options!.IdempotencyKey!, (string)reply[1]!),
        -2 => throw new QueueFullException(
            $"The queue is full: partition {write.Partition.Index} holds {(long)reply[1]} messages of {(long)reply[2]} bytes (Storage:MaxMessages is {_options.MaxMessages}, Storage:MaxBytes is {_options.MaxBytes}). Nothing was stored."),
        _ => throw new QueueException($"The staged content expired before it was written (Storage:StagingLifetime is {_options.StagingLifetime}). Nothing was stored."),
    };

    private static async ValueTask<string> FingerprintAsync(Envelope envelope, WriteOptions? options, CancellationToken cancellationToken)
    {
        if (options?.IdempotencyKey is null)
            return "";
        if (options.Fingerprint is { } given)
            return given;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Join('\0', envelope.Recipients.Select(r => r.Address).Prepend(envelope.Sender)) + "\0"));
        if ((envelope.Content as StagedContent)?.Hash is not { } content)
            content = SHA256.HashData(envelope.Content.TryGetMemory(out var memory) ? memory.Span : await envelope.Content.ToArrayAsync(cancellationToken));
        hash.AppendData(content);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void CheckKey(WriteOptions? options)
    {
        if (options?.IdempotencyKey is { } key && key.Length is 0 or > MostKeyLength)
            throw new ArgumentException($"An idempotency key has 1 to {MostKeyLength} characters; this one has {key.Length}.", nameof(options));
    }

    private sealed record PendingWrite(
        Envelope Envelope, Due Due, string Id, Partition Partition, WriteOptions? Options, string Fingerprint, Activity? Trace);
}

using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Slimta.Storage.Redis;

public sealed partial class RedisStorage
{
    private const int MostKeyLength = 255;

    public MessageWriter BeginWrite(WriteOptions? options = null)
    {
        CheckKey(options);
        return Stage(options);
    }

    private StagedMessageWriter Stage(WriteOptions? options) =>
        new(this, _server, _server.PartitionFor(options?.IdempotencyKey), options, _options.MaxBytes);

    // 2 Write
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
            var writer = Stage(options);
            try
            {
                var content = await writer.StageAsync(envelope.Content, cancellationToken);
                return await WriteAsync(envelope with { Content = content }, timestamp, options, trace, cancellationToken);
            }
            finally
            {
                await writer.DisposeAsync(cancellationToken);
            }
        }

        var staged = envelope.Content as StagedContent;
        var key = options?.IdempotencyKey;
        var partition = staged?.Partition ?? _server.PartitionFor(key);
        var id = staged?.Id ?? partition.NewId(_server.Time);
        var chunks = staged?.Chunks ?? 0;
        var written = await _writer.WriteAsync(partition, new PendingWrite(id)
        {
            Due = timestamp,
            Chunks = chunks,
            Metadata = EnvelopeFormat.Write(envelope, chunks, trace),
            Content = chunks > 0 ? default
                : envelope.Content.TryGetMemory(out var memory) ? memory
                : await envelope.Content.ToArrayAsync(cancellationToken),
            Size = envelope.Content.Length,
            IdempotencyKey = key,
            Fingerprint = await FingerprintAsync(envelope, options, cancellationToken),
        }, cancellationToken);
        staged?.Written = written == id;
        return written;
    }

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
}

using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>One message's part in a run of write.lua.</summary>
internal sealed record PendingWrite(string Id)
{
    public required Due Due { get; init; }

    /// <summary>Staged under the content key; 0: the content is inline.</summary>
    public required int Chunks { get; init; }
    public required ReadOnlyMemory<byte> Metadata { get; init; }
    public required ReadOnlyMemory<byte> Content { get; init; }
    public required long Size { get; init; }
    public string? IdempotencyKey { get; init; }
    public string Fingerprint { get; init; } = "";
}

/// <summary>Runs write.lua, which puts into the queue all messages of a partition that came while it was busy with others.</summary>
internal sealed class Writer
{
    private readonly QueueServer _server;
    private readonly CallBatching<PendingWrite, ArraySegment<RedisResult>> _groups;

    public Writer(QueueServer server)
    {
        _server = server;
        _groups = new(RunAsync, static write => write.Content.Length);
    }

    /// <returns>The id of the message in the queue: an earlier message's, if the idempotency key is that message's.</returns>
    public async Task<string> WriteAsync(Partition partition, PendingWrite write, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return Interpret(partition, write, await _groups.RunAsync(partition, write, cancellationToken));
            }
            catch (QueueUnavailableException lost) when (lost.OutcomeUnknown && write.IdempotencyKey is not null && attempt < 4)
            {
                // The message may be in the queue, or even delivered: only its idempotency key can tell, so only with one is it sent again.
                await Task.Delay(TimeSpan.FromMilliseconds(250 * attempt), _server.Time, cancellationToken);
            }
        }
    }

    private async Task<IReadOnlyList<ArraySegment<RedisResult>>> RunAsync(Partition partition, IReadOnlyList<PendingWrite> writes)
    {
        const int PerMessage = 3;
        await _server.ReadyForMailAsync();
        var (keys, arguments) = Build(partition, writes);
        var reply = (RedisResult[])(await _server.ChangeAsync(Script.Write, keys, arguments, body: true))!;
        return [.. writes.Select((_, i) => new ArraySegment<RedisResult>(reply, i * PerMessage, PerMessage))];
    }

    private (RedisKey[] Keys, RedisValue[] Arguments) Build(Partition partition, IReadOnlyList<PendingWrite> writes)
    {
        var options = _server.Options;
        var keys = new List<RedisKey>(3 + 3 * writes.Count + 2) { partition.Schedule, partition.State, partition.Held };
        var arguments = new List<RedisValue>(4 + 8 * writes.Count) { options.MaxMessages, options.MaxBytes, _server.WakeChannel, partition.Index };
        var staging = false;
        foreach (var write in writes)
        {
            keys.Add(partition.Message(write.Id));
            keys.Add(partition.Content(write.Id));
            if (write.IdempotencyKey is { } key)
                keys.Add(partition.Idempotency(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..32]));
            staging |= write.Chunks > 0;
            arguments.Add(write.Id);
            arguments.Add(write.Due.ToArgument());
            arguments.Add(write.Chunks);
            arguments.Add(write.Metadata);
            arguments.Add(write.Content);
            arguments.Add(write.Size);
            arguments.Add(write.IdempotencyKey is null ? RedisValue.EmptyString : (long)options.IdempotencyWindow.TotalMilliseconds);
            arguments.Add(write.Fingerprint);
        }
        if (staging)
            keys.AddRange([partition.Staging, partition.Staged]);
        return ([.. keys], [.. arguments]);
    }

    private string Interpret(Partition partition, PendingWrite write, ArraySegment<RedisResult> reply)
    {
        var options = _server.Options;
        return (int)reply[0] switch
        {
            1 => write.Id,
            3 => (string)reply[1]!,
            -1 => throw new IdempotencyConflictException(write.IdempotencyKey!, (string)reply[1]!),
            -2 => throw new QueueFullException(
                $"The queue is full: partition {partition.Index} holds {(long)reply[1]} messages of {(long)reply[2]} bytes (Storage:MaxMessages is {options.MaxMessages}, Storage:MaxBytes is {options.MaxBytes}). Nothing was stored."),
            -4 => throw new QueueFormatException(
                $"The record of idempotency key '{write.IdempotencyKey}' cannot be read, so it is unknown whether this message is in the queue already. Nothing was stored; use a new key."),
            _ => throw new QueueException($"The staged content expired before it was written (Storage:StagingLifetime is {options.StagingLifetime}). Nothing was stored."),
        };
    }
}

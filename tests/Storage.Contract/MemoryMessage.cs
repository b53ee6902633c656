using System.Buffers;

namespace Slimta.Storage.Tests;

/// <summary>A message as <see cref="MemoryQueue"/> keeps it.</summary>
internal sealed class MemoryMessage(string id, Envelope envelope)
{
    public string Id => id;
    public Envelope Envelope => envelope;
    public DateTimeOffset Due { get; set; }
    public MemoryLease? Lease { get; set; }
    public HashSet<int> Delivered { get; } = [];
    public int Attempts { get; set; }
    public string? Note { get; set; }
    public string? HoldReason { get; set; }

    public QueuedMessage ToQueued() => new()
    {
        Id = id,
        Envelope = envelope with
        {
            Recipients = [.. envelope.Recipients.Select((recipient, i) => recipient with { Index = i }).Where(recipient => !Delivered.Contains(recipient.Index))],
        },
        Attempts = Attempts,
        RecipientCount = envelope.Recipients.Count,
        Note = Note,
    };
}

/// <summary>Lasts until it is ended: its holder is in this process.</summary>
internal sealed class MemoryLease(string id, string token) : Lease(id, token)
{
    private readonly CancellationTokenSource _lost = new();
    private int _ended;

    public Action? LeaveRoom { get; set; }

    public override DateTimeOffset Until => DateTimeOffset.MaxValue;

    public override CancellationToken Lost => _lost.Token;

    public override bool IsLive => Volatile.Read(ref _ended) == 0;

    public override void MakeRoom()
    {
        var leave = LeaveRoom;
        LeaveRoom = null;
        leave?.Invoke();
    }

    public void End()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
            MakeRoom();
    }

    public void Lose()
    {
        End();
        _lost.Cancel();
    }
}

internal sealed class MemoryEntry(MemoryQueue queue, DateTimeOffset timestamp, Lease lease, QueuedMessage message)
    : QueueEntry(timestamp, lease, message)
{
    public override Task<Settled> SettleAsync(Settlement settlement, CancellationToken cancellationToken = default) =>
        queue.SettleAsync(Lease, settlement, cancellationToken);

    public override Task ReleaseAsync(CancellationToken cancellationToken = default) => queue.ReleaseAsync(Lease, cancellationToken);

    public override Task MarkAsync(IReadOnlyCollection<int> indexes, CancellationToken cancellationToken = default) =>
        queue.SetRecipientsDeliveredAsync(Id, indexes, Lease, cancellationToken);
}

internal sealed class MemoryWriter(MemoryQueue queue, string id, WriteOptions? options) : MessageWriter
{
    private readonly ArrayBufferWriter<byte> _content = new();
    private bool _committed;

    public override string Id => id;

    public override long Length => _content.WrittenCount;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        if (_committed)
            throw new InvalidOperationException("The message was committed.");
        cancellationToken.ThrowIfCancellationRequested();
        _content.Write(bytes.Span);
        return default;
    }

    public override Task<string> CommitAsync(
        Envelope envelope, Due timestamp = default, string? fingerprint = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ArgumentNullException.ThrowIfNull(envelope);
        if (_committed)
            throw new InvalidOperationException("The message was committed.");
        if (envelope.Content != MessageContent.None)
            throw new ArgumentException("The envelope has content, and so has the writer.", nameof(envelope));
        var content = _content.WrittenMemory.ToArray();
        (envelope with { Content = content }).ThrowIfInvalid();
        var committed = queue.Write(id, envelope, content, timestamp, fingerprint is null || options is null ? options : options with { Fingerprint = fingerprint });
        _committed = true;
        return Task.FromResult(committed);
    }

    public override ValueTask DisposeAsync() => default;
}

using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace Slimta.Storage.Tests;

/// <summary>
/// A queue in the memory of one process: not durable, and else as the contract says. It stands here to show what a storage takes that is
/// written outside ours, and for tests that need a queue and no server. A lease lasts until it is ended.
/// </summary>
public sealed class MemoryQueue(TimeProvider? time = null) : IQueueStorage
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, MemoryMessage> _messages = [];
    private readonly Dictionary<string, (string Id, string Fingerprint)> _keys = [];
    private TaskCompletionSource _changed = NewSignal();
    private long _lastId;
    private long _lastToken;

    public async Task<string> WriteAsync(
        Envelope envelope, Due timestamp = default, WriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ArgumentNullException.ThrowIfNull(envelope);
        envelope.ThrowIfInvalid();
        return Write(NewId(), envelope, await envelope.Content.ToArrayAsync(cancellationToken), timestamp, options);
    }

    public MessageWriter BeginWrite(WriteOptions? options = null) => new MemoryWriter(this, NewId(), options);

    public Task SetTimestampAsync(string id, Due timestamp, Lease? lease = null, CancellationToken cancellationToken = default) =>
        ChangeAsync(id, lease, message => Wait(message, timestamp), cancellationToken);

    public Task<int> IncrementAttemptsAsync(string id, Lease? lease = null, CancellationToken cancellationToken = default) =>
        ChangeAsync(id, lease, static message => ++message.Attempts, cancellationToken);

    public Task SetRecipientsDeliveredAsync(
        string id, IReadOnlyCollection<int> indexes, Lease? lease = null, CancellationToken cancellationToken = default) =>
        ChangeAsync(id, lease, message => Mark(message, indexes), cancellationToken);

    public Task RemoveAsync(string id, Lease? lease = null, CancellationToken cancellationToken = default) =>
        ChangeAsync(id, lease, Remove, cancellationToken);

    public async IAsyncEnumerable<(DateTimeOffset Timestamp, string Id)> LoadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        List<MemoryMessage> waiting;
        lock (_gate)
            waiting = [.. _messages.Values.Where(message => message.HoldReason is null).OrderBy(message => message.Due)];
        await Task.CompletedTask;
        foreach (var message in waiting)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return (message.Due, message.Id);
        }
    }

    public Task<QueuedMessage> GetAsync(string id, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<QueuedMessage>(cancellationToken);
        lock (_gate)
        {
            return _messages.TryGetValue(id, out var message)
                ? Task.FromResult(message.ToQueued())
                : Task.FromException<QueuedMessage>(new KeyNotFoundException($"No message '{id}' is in the queue."));
        }
    }

    public async IAsyncEnumerable<QueueEntry> WaitAsync(int capacity = 1, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        // Never disposed: entries outlast the loop.
        var room = new SemaphoreSlim(capacity);
        while (true)
        {
            await room.WaitAsync(cancellationToken);
            var handedOut = false;
            try
            {
                var entry = await NextAsync(() => room.Release(), cancellationToken);
                handedOut = true;
                yield return entry;
            }
            finally
            {
                if (!handedOut)
                    room.Release();
            }
        }
    }

    private async Task<MemoryEntry> NextAsync(Action leaveRoom, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            var pause = Timeout.InfiniteTimeSpan;
            lock (_gate)
            {
                changed = _changed.Task;
                var now = _time.GetUtcNow();
                if (_messages.Values.Where(message => message.Lease is null && message.HoldReason is null).MinBy(message => message.Due) is { } next)
                {
                    if (next.Due <= now)
                    {
                        next.Lease = new MemoryLease(next.Id, $"{++_lastToken}") { LeaveRoom = leaveRoom };
                        return new(this, next.Due, next.Lease, next.ToQueued());
                    }
                    pause = next.Due - now;
                }
            }
            await changed.WaitAsync(pause, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    internal async Task<Settled> SettleAsync(Lease lease, Settlement settlement, CancellationToken cancellationToken)
    {
        foreach (var report in settlement.NewMessages)
            report.Envelope.ThrowIfInvalid();
        var contents = await Task.WhenAll(settlement.NewMessages.Select(report => report.Envelope.Content.ToArrayAsync(cancellationToken).AsTask()));
        return await ChangeAsync(lease.Id, lease, message =>
        {
            Mark(message, settlement.Completed);
            message.Attempts += settlement.Attempt is null ? 0 : 1;
            message.Note = settlement.Note ?? message.Note;
            var ids = settlement.NewMessages.Select((report, i) => Write(NewId(), report.Envelope, contents[i], report.Due, null)).ToList();
            if (settlement.Kind == SettlementKind.Remove)
                Remove(message);
            else
                Wait(message, settlement.Next);
            message.HoldReason = settlement.Reason;
            return new Settled(message.Attempts, ids);
        }, cancellationToken);
    }

    internal Task ReleaseAsync(Lease lease, CancellationToken cancellationToken) =>
        ChangeAsync(lease.Id, lease, message => Wait(message, Due.Now), cancellationToken);

    internal string Write(string id, Envelope envelope, byte[] content, Due due, WriteOptions? options)
    {
        lock (_gate)
        {
            if (options?.IdempotencyKey is { } key)
            {
                var fingerprint = options.Fingerprint ?? FingerprintOf(envelope, content);
                if (_keys.TryGetValue(key, out var first))
                    return first.Fingerprint == fingerprint ? first.Id : throw new IdempotencyConflictException(key, first.Id);
                _keys.Add(key, (id, fingerprint));
            }
            _messages.Add(id, new(id, envelope with { Content = content }) { Due = due.ToTime(_time.GetUtcNow()) });
            Signal();
            return id;
        }
    }

    private string NewId() => $"m-{Interlocked.Increment(ref _lastId):D8}";

    /// <summary>One change in one step: for a lease's holder, or while there is none for an operator.</summary>
    private Task<T> ChangeAsync<T>(string id, Lease? lease, Func<MemoryMessage, T> change, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<T>(cancellationToken);
        lock (_gate)
        {
            try
            {
                var message = _messages.GetValueOrDefault(id);
                if (lease is not null && message?.Lease?.Token != lease.Token)
                {
                    (lease as MemoryLease)?.Lose();
                    throw new LeaseLostException(id);
                }
                if (message is null)
                    throw new MessageNotFoundException(id);
                if (lease is null && message.Lease is { } held)
                    throw new MessageLeasedException(id, nameof(MemoryQueue), held.Until);
                return Task.FromResult(change(message));
            }
            catch (Exception error)
            {
                return Task.FromException<T>(error);
            }
        }
    }

    private bool Wait(MemoryMessage message, Due due)
    {
        message.Due = due.ToTime(_time.GetUtcNow());
        return EndLease(message);
    }

    private bool Remove(MemoryMessage message)
    {
        _messages.Remove(message.Id);
        return EndLease(message);
    }

    private bool EndLease(MemoryMessage message)
    {
        message.Lease?.End();
        message.Lease = null;
        Signal();
        return true;
    }

    private static bool Mark(MemoryMessage message, IReadOnlyCollection<int> indexes)
    {
        var count = message.Envelope.Recipients.Count;
        if (indexes.Any(index => index < 0 || index >= count))
            throw new ArgumentOutOfRangeException(nameof(indexes), $"Indexes are those of the original envelope, from 0 to {count - 1}.");
        message.Delivered.UnionWith(indexes);
        return true;
    }

    private void Signal()
    {
        _changed.TrySetResult();
        _changed = NewSignal();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static string FingerprintOf(Envelope envelope, byte[] content) => Convert.ToHexStringLower(SHA256.HashData(
        [.. Encoding.UTF8.GetBytes(string.Join('\0', envelope.Recipients.Select(recipient => recipient.Address).Prepend(envelope.Sender)) + "\0"), .. content]));
}

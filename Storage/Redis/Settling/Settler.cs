using System.Diagnostics;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

internal enum SettleAction { Remove, Retry, Hold, Release, Unhold, Keep, Expire, Join, Bounce, Route }

/// <summary>One run of settle.lua, or one message's part in a run of remove.lua.</summary>
internal sealed record MessageChange(string Id, SettleAction Action)
{
    /// <summary>The lease's token; null acts for an operator.</summary>
    public string? Token { get; init; }

    /// <summary>The due time or the reason, by the action.</summary>
    public string Argument { get; init; } = "";
    public int Attempts { get; init; }
    public IReadOnlyCollection<int> Completed { get; init; } = [];

    /// <summary>Those of <see cref="Completed"/> that failed permanently.</summary>
    public IReadOnlyCollection<int> Failed { get; init; } = [];
    public byte[] Record { get; init; } = [];
    public string State { get; init; } = "";
    public IReadOnlyList<NewMessage> NewMessages { get; init; } = [];
    public IReadOnlyList<string> NewIds { get; init; } = [];
    public Activity? Trace { get; init; }

    /// <summary>For the history of a message that ends: how, where its recipients do not tell; by whose order, and why.</summary>
    public EndOutcome? Outcome { get; init; }
    public string? By { get; init; }
    public string? Reason { get; init; }

    /// <summary>The job that does it.</summary>
    public string? Job { get; init; }
}

/// <summary>
/// Runs settle.lua, which makes every change to a message in the queue; and remove.lua, which makes the most frequent one, the removal of a
/// finished message, for many at once.
/// </summary>
internal sealed class Settler
{
    private const int MostRecords = 50;
    private const int MostRecordBytes = 256 * 1024;
    private const int MostStateBytes = 4096;
    private const int MostReason = 1024;

    private readonly QueueServer _server;
    private readonly CallBatching<MessageChange, ArraySegment<RedisResult>> _removals;

    /// <summary>As history.lua takes them.</summary>
    private readonly string _limits;

    public Settler(QueueServer server)
    {
        var options = server.Options;
        _limits = options.KeepsHistory ? $"{options.HistoryMessages} {Microseconds.Of(options.HistoryAge)} {options.HistoryBytes}" : "";
        _server = server;
        _removals = new(RemoveAsync, static _ => 0);
    }

    // 5 Settle
    public async Task<Settled> SettleAsync(Lease lease, Settlement settlement, Activity? trace, CancellationToken cancellationToken)
    {
        if (settlement.Note is { } state && System.Text.Encoding.UTF8.GetByteCount(state) > MostStateBytes)
            throw new ArgumentException($"Settlement.Note may have at most {MostStateBytes} bytes.", nameof(settlement));
        var ids = NewIds(lease.Id, settlement.NewMessages);
        var attempts = await ChangeAsync(new(lease.Id, (SettleAction)settlement.Kind)
        {
            Token = lease.Token,
            Argument = settlement.Kind == SettlementKind.Retry ? settlement.Next.ToArgument() : settlement.Reason ?? "",
            Attempts = settlement.Attempt is null ? 0 : 1,
            Completed = settlement.Completed,
            Failed = settlement.Failed,
            Record = settlement.Attempt is { } attempt && (settlement.Kind != SettlementKind.Remove || _server.Options.KeepsHistory)
                ? AttemptFormat.Write(attempt with { NewIds = ids }) : [],
            Outcome = settlement is { Kind: SettlementKind.Remove, Reason: not null } ? EndOutcome.Dropped : null,
            By = settlement.By,
            Reason = settlement.Kind == SettlementKind.Remove ? settlement.Reason : null,
            State = settlement.Note ?? "",
            NewMessages = settlement.NewMessages,
            NewIds = ids,
            Trace = trace,
        }, cancellationToken);
        return new Settled(attempts, ids);
    }

    /// <summary>The ids for messages that are written with a change of another.</summary>
    /// <exception cref="ArgumentException">One of them is no envelope that a queue may take.</exception>
    /// <exception cref="MessageTooLargeException"/>
    public List<string> NewIds(string beside, IReadOnlyList<NewMessage> messages)
    {
        var partition = _server.PartitionOf(beside);
        foreach (var message in messages)
        {
            EnvelopeCheck.ThrowIfBad(message.Envelope);
            if (message.Envelope.Content.Length > _server.Options.MaxMessageBytes)
                throw new MessageTooLargeException(_server.Options.MaxMessageBytes);
        }
        return [.. messages.Select(m => (m.Envelope.Content as StagedContent)?.Id ?? partition.NewId(_server.Time))];
    }

    /// <returns>Attempts counted now.</returns>
    public Task<int> ChangeAsync(MessageChange change, CancellationToken cancellationToken) =>
        ChangeAsync(_server.PartitionOf(change.Id), change, cancellationToken);

    /// <summary>The same where an id may stand in a partition that it does not name.</summary>
    public async Task<int> ChangeAsync(Partition partition, MessageChange change, CancellationToken cancellationToken)
    {
        var reply = MayShare(change)
            ? await _removals.RunAsync(partition, change, cancellationToken)
            : await ChangeAloneAsync(partition, change, cancellationToken);
        return (int)reply[0] switch
        {
            1 => (int)reply[1],
            0 => throw new MessageNotFoundException(change.Id),
            -1 => throw new LeaseLostException(change.Id),
            -2 => throw new MessageLeasedException(change.Id, QueueServer.NameOf((string)reply[1]!), Microseconds.ToTime((long)reply[2])),
            -3 => throw new MessageHeldException(change.Id),
            -4 => throw new ArgumentOutOfRangeException(nameof(change),
                $"Message '{change.Id}' has {(int)reply[1]} recipients: indexes are those of the original envelope, from 0 to {(int)reply[1] - 1}. Got {string.Join(", ", change.Completed)}. Nothing was changed."),
            -5 => throw new QueueException($"The staged content of a new message has expired (Storage:StagingLifetime). Message '{change.Id}' was not changed."),
            _ => throw new QueueFormatException($"The key of message '{change.Id}' belongs to another program: it has another type. Nothing was changed."),
        };
    }

    private async Task<IReadOnlyList<ArraySegment<RedisResult>>> RemoveAsync(Partition partition, IReadOnlyList<MessageChange> removals)
    {
        const int PerMessage = 2;
        var keys = new List<RedisKey>(5 + 3 * removals.Count) { partition.Schedule, partition.Leases, partition.State, partition.Ended, partition.History };
        var arguments = new List<RedisValue>(1 + 6 * removals.Count) { _limits };
        foreach (var removal in removals)
        {
            keys.AddRange([partition.Message(removal.Id), partition.Content(removal.Id), partition.Attempts(removal.Id)]);
            arguments.AddRange([removal.Id, removal.Token, removal.Attempts, removal.Completed.Count == 0 ? -1 : removal.Completed.Max(), Indexes(removal.Failed), removal.Record]);
        }
        var reply = (RedisResult[])(await _server.ChangeAsync(Script.Remove, [.. keys], [.. arguments]))!;
        await ForgetAsync(partition, reply.AsMemory(PerMessage * removals.Count));
        return [.. removals.Select((_, i) => new ArraySegment<RedisResult>(reply, i * PerMessage, PerMessage))];
    }

    private async Task<RedisResult[]> ChangeAloneAsync(Partition partition, MessageChange change, CancellationToken cancellationToken)
    {
        var (keys, arguments) = await BuildAsync(partition, change, cancellationToken);
        var reply = (RedisResult[])(await _server.ChangeAsync(Script.Settle, keys, arguments, body: change.NewMessages.Count > 0, cancellationToken))!;
        if ((int)reply[0] == 1)
            await ForgetAsync(partition, reply.AsMemory(2));
        return reply;
    }

    /// <summary>Drops content kept with history that has gone; content not reached now expires.</summary>
    private async ValueTask ForgetAsync(Partition partition, ReadOnlyMemory<RedisResult> gone)
    {
        if (gone.IsEmpty)
            return;
        RedisKey[] keys = [.. gone.ToArray().SelectMany(id => (RedisKey[])[partition.Message((string)id!), partition.Content((string)id!)])];
        try
        {
            await _server.ReadAsync("forget", keys, static (database, keys) => database.KeyDeleteAsync(keys));
        }
        catch (QueueException)
        {
            // The message has ended; that is what the caller wants to know.
        }
    }

    /// <summary>True if the recipients' outcomes say everything about the message's end.</summary>
    private bool MayShare(MessageChange change) =>
        change is { Action: SettleAction.Remove, Token: not null, NewMessages.Count: 0, Outcome: null, By: null } && change.Completed.All(index => index >= 0)
        && !(_server.Options.KeepContent && change.Failed.Count > 0);

    private async Task<(RedisKey[] Keys, RedisValue[] Arguments)> BuildAsync(Partition partition, MessageChange change, CancellationToken cancellationToken)
    {
        var id = change.Id;
        var keys = new List<RedisKey>(10 + 2 * change.NewMessages.Count + 2)
        {
            partition.Schedule, partition.Leases, partition.State, partition.Held, partition.Reasons,
            partition.Message(id), partition.Content(id), partition.Attempts(id), partition.Ended, partition.History,
        };
        var arguments = new List<RedisValue>(17 + 6 * change.NewMessages.Count)
        {
            id, change.Token ?? "", NameOf(change.Action), ArgumentOf(change), change.Attempts,
            Indexes(change.Completed),
            change.Record, $"{MostRecords} {MostRecordBytes}", change.State, _server.WakeChannel, partition.Index,
            Indexes(change.Failed), _limits, change.Outcome?.ToString().ToLowerInvariant() ?? "", NoteOf(change), _server.Options.KeepContent ? 1 : 0,
            change.Job ?? "",
        };
        var staging = false;
        for (var i = 0; i < change.NewMessages.Count; i++)
        {
            var (envelope, due) = change.NewMessages[i];
            var newId = change.NewIds[i];
            var chunks = (envelope.Content as StagedContent)?.Chunks ?? 0;
            staging |= chunks > 0;
            keys.Add(partition.Message(newId));
            keys.Add(partition.Content(newId));
            arguments.AddRange([newId, due.ToArgument(), chunks, EnvelopeFormat.Write(envelope, chunks, change.Trace)]);
            arguments.Add(chunks > 0 ? RedisValue.EmptyString : await InlineAsync(envelope.Content, cancellationToken));
            arguments.Add(envelope.Content.Length);
        }
        if (staging)
            keys.AddRange([partition.Staging, partition.Staged]);
        return ([.. keys], [.. arguments]);
    }

    private static async ValueTask<ReadOnlyMemory<byte>> InlineAsync(MessageContent content, CancellationToken cancellationToken) =>
        content.TryGetMemory(out var memory) ? memory : await content.ToArrayAsync(cancellationToken);

    private static string Indexes(IReadOnlyCollection<int> indexes) => indexes.Count == 0 ? "" : string.Join(',', indexes);

    private static RedisValue NoteOf(MessageChange change) => change.Action == SettleAction.Bounce ? change.By ?? "" : EndFormat.Note(change.By, change.Reason);

    private static string ArgumentOf(MessageChange change) =>
        change is { Action: SettleAction.Hold or SettleAction.Bounce, Argument: { Length: > MostReason } reason } ? reason[..MostReason] : change.Argument;

    private static string NameOf(SettleAction action) => action switch
    {
        SettleAction.Remove => "remove",
        SettleAction.Retry => "retry",
        SettleAction.Hold => "hold",
        SettleAction.Release => "release",
        SettleAction.Unhold => "unhold",
        SettleAction.Keep => "keep",
        SettleAction.Expire => "expire",
        SettleAction.Join => "join",
        SettleAction.Bounce => "bounce",
        SettleAction.Route => "route",
        _ => throw new UnreachableException(),
    };
}

using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>The queue on Redis, Valkey, a Redis Cluster or Garnet.</summary>
/// <remarks>
/// Nothing is connected until the first operation. Disposing it gives back the messages it holds leases on.
/// </remarks>
public sealed partial class RedisStorage : IQueueStorage, IQueueOperator, IQueueHistory, IAsyncDisposable
{
    private readonly QueueServer _server;
    private readonly LeaseKeeper _keeper;
    private readonly MessageReader _reader;
    private readonly Settler _settler;
    private readonly Writer _writer;
    private readonly RedisRules _rules;
    private readonly RuleKeeper _ruleKeeper;
    private readonly LargeNewMessages _largeNewMessages;
    private readonly QueueOptions _options;
    private readonly ILogger _log;

    /// <param name="settings">Where the server is; a connection string's settings, or those of an existing connection.</param>
    /// <param name="options">The queue's options; they are not validated here but at registration.</param>
    /// <param name="time">The clock for deadlines and waiting; due times are by the server's clock.</param>
    public RedisStorage(ConfigurationOptions settings, QueueOptions? options = null, TimeProvider? time = null, ILogger<RedisStorage>? log = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _options = options ?? new QueueOptions();
        _log = log ?? NullLogger<RedisStorage>.Instance;
        _server = new QueueServer(settings, _options, time ?? TimeProvider.System, _log);
        _reader = new MessageReader(_server);
        _settler = new Settler(_server);
        _keeper = new LeaseKeeper(_server, _settler, _log);
        _writer = new Writer(_server);
        Relays = new RedisRelayStates(_server);
        _rules = new RedisRules(_server, _log);
        _ruleKeeper = new RuleKeeper(_server, _rules, _log);
        Jobs = new RedisJobs(_server, OrderAsync, CountAsync, _log);
        _history = new HistoryReader(_server);
        _largeNewMessages = new LargeNewMessages(this, _server);
    }

    /// <summary>A queue on the server that an existing connection talks to. Its settings are used, not the connection itself.</summary>
    public RedisStorage(IConnectionMultiplexer connection, QueueOptions? options = null, TimeProvider? time = null, ILogger<RedisStorage>? log = null)
        : this(ConfigurationOptions.Parse((connection ?? throw new ArgumentNullException(nameof(connection))).Configuration), options, time, log)
    {
    }

    /// <summary>The operators' rules for mail from now on.</summary>
    public IQueueRules Rules => _rules;

    /// <summary>Orders on all messages that match.</summary>
    public IOrderJobs Jobs { get; }

    /// <summary>What the relays are doing.</summary>
    public IRelayStates Relays { get; }

    /// <summary>Completes when a process that takes messages has read them again.</summary>
    internal Task RulesReadAsync(CancellationToken cancellationToken) => _ruleKeeper.RefreshedAsync(cancellationToken);

    /// <summary>Connects and looks at what the server promises; operations do that by themselves when it has not been done.</summary>
    /// <exception cref="UnsafeServerException"/>
    /// <exception cref="QueueException"/>
    public Task CheckServerAsync() => _server.CheckAsync();

    /// <summary>Every connection to the server is there.</summary>
    internal bool IsWhollyConnected => _server.IsWhollyConnected;

    /// <summary>Why the queue cannot be used, as operations and the work in the background found; null if it can.</summary>
    internal string? Problem => _server.Problem ?? _server.Troubles.Severe;

    /// <summary>As telemetry names it.</summary>
    internal string Queue => _server.Telemetry.Queue;

    internal Troubles Troubles => _server.Troubles;

    /// <summary>The problems that only slow it down.</summary>
    internal IEnumerable<string> Drawbacks => _server.Troubles.Slight;

    /// <summary>Takes messages out of the schedule that would never fall due.</summary>
    internal async Task SweepAsync(CancellationToken cancellationToken)
    {
        foreach (var partition in _server.Partitions)
        {
            var held = (RedisResult[]?)await _server.ChangeAsync(Script.Sweep,
                [partition.Schedule, partition.Leases, partition.State, partition.Held, partition.Reasons],
                [Microseconds.Of(_options.Lease), "its time in the schedule was beyond any date", Microseconds.Of(QueueOptions.LongestLease)], cancellationToken: cancellationToken);
            foreach (var id in held ?? [])
                LogSwept(_log, $"{id}");
        }
    }

    public async Task SetTimestampAsync(string id, Due timestamp, Lease? lease = null, CancellationToken cancellationToken = default)
    {
        await ChangeAsync("set_timestamp", new(id, SettleAction.Retry) { Argument = timestamp.ToArgument() }, lease, cancellationToken);
        (lease as RedisLease)?.End();
    }

    public Task<int> IncrementAttemptsAsync(string id, Lease? lease = null, CancellationToken cancellationToken = default) =>
        ChangeAsync("increment_attempts", new(id, SettleAction.Keep) { Attempts = 1 }, lease, cancellationToken);

    public Task SetRecipientsDeliveredAsync(
        string id, IReadOnlyCollection<int> indexes, Lease? lease = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(indexes);
        return ChangeAsync("set_recipients_delivered", new(id, SettleAction.Keep) { Completed = indexes }, lease, cancellationToken);
    }

    public async Task RemoveAsync(string id, Lease? lease = null, CancellationToken cancellationToken = default)
    {
        await ChangeAsync("remove", new(id, SettleAction.Remove) { Outcome = lease is null ? EndOutcome.Dropped : null }, lease, cancellationToken);
        (lease as RedisLease)?.End();
    }

    public async Task<QueuedMessage> GetAsync(string id, CancellationToken cancellationToken = default)
    {
        var partition = _server.PartitionOf(Known(id));
        using var operation = new QueueOperation(_server.Telemetry, "get", "receive", ActivityKind.Client, id);
        try
        {
            return await _reader.ReadAsync(partition, id, cancellationToken)
                ?? throw new KeyNotFoundException($"No message '{id}' is in the queue.");
        }
        catch (Exception error)
        {
            throw operation.Failed(error);
        }
    }

    internal async Task<Settled> SettleAsync(Lease lease, Settlement settlement, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentNullException.ThrowIfNull(settlement);
        using var operation = new QueueOperation(_server.Telemetry, "settle", "settle", ActivityKind.Client, lease.Id);
        try
        {
            operation.Activity?.SetTag("slimta.settle.kind", settlement.Kind.ToString().ToLowerInvariant());
            var trace = operation.Activity;
            var settled = settlement.NewMessages.Count == 0
                ? await _settler.SettleAsync(lease, settlement, trace, cancellationToken)
                : await _largeNewMessages.WithStagedAsync(lease.Id, settlement.NewMessages,
                    messages => _settler.SettleAsync(lease, settlement with { NewMessages = messages }, trace, cancellationToken), cancellationToken);
            (lease as RedisLease)?.End();
            return settled;
        }
        catch (Exception error)
        {
            throw Noticed(operation.Failed(error), lease);
        }
    }

    internal async Task ReleaseAsync(Lease lease, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(lease);
        await ChangeAsync("release", new(lease.Id, SettleAction.Release) { Argument = Due.Now.ToArgument() }, lease, cancellationToken);
        (lease as RedisLease)?.End();
    }

    public async ValueTask DisposeAsync()
    {
        await _ruleKeeper.DisposeAsync();
        await _keeper.DisposeAsync();
        await _server.DisposeAsync();
    }

    private async Task<int> ChangeAsync(string name, MessageChange change, Lease? lease, CancellationToken cancellationToken)
    {
        if (lease is not null && lease.Id != change.Id)
            throw new ArgumentException($"The lease is on message '{lease.Id}', not on '{change.Id}'.", nameof(lease));
        using var operation = new QueueOperation(_server.Telemetry, name, "settle", ActivityKind.Client, change.Id);
        try
        {
            return await _settler.ChangeAsync(change with { Token = lease?.Token }, cancellationToken);
        }
        catch (Exception error)
        {
            throw Noticed(operation.Failed(error), lease);
        }
    }

    [LoggerMessage(24, LogLevel.Error, "{Id}: held, because its time in the schedule was beyond any date")]
    private static partial void LogSwept(ILogger log, string id);

    private static Exception Noticed(Exception error, Lease? lease)
    {
        if (error is LeaseLostException)
            (lease as RedisLease)?.Lose();
        return error;
    }

    // GetAsync is python-slimta's KeyError: an id that is no id of ours is an unknown key as well.
    private static string Known(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return Partition.IndexOf(id) is not null ? id : throw new KeyNotFoundException($"No message '{id}' is in the queue.");
    }
}

using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>
/// The way to the server that all operations take: open, check what it promises, run, wait until it is durable, and turn
/// errors into ours.
/// </summary>
internal sealed class QueueServer : IAsyncDisposable
{
    private readonly RedisConnections _connections;
    private readonly ServerPromise _promise;
    private readonly DurabilityBarrier _barrier;
    private readonly Lock _learning = new();
    private Partition[] _partitions;
    private uint _next;
    private Action<RedisChannel, RedisValue>? _listener;
    private volatile string? _newer;

    public QueueServer(ConfigurationOptions settings, QueueOptions options, TimeProvider time, Microsoft.Extensions.Logging.ILogger log)
    {
        Options = options;
        Time = time;
        _connections = new RedisConnections(settings, options);
        _partitions = [.. Enumerable.Range(0, options.Partitions).Select(i => new Partition(options.Prefix, i))];
        _barrier = new DurabilityBarrier(_connections, _partitions[0].State);
        _promise = new ServerPromise(_connections, _barrier, options, Troubles, log);
        _connections.Restored = () =>
        {
            _promise.Doubt();
            Restored?.Invoke();
        };
        WakeChannel = options.Prefix + "wake";
        Holder = $"{options.Owner}#{Guid.NewGuid().ToString("N")[..8]}";
        var (address, port) = settings.EndPoints.Count == 0 ? ("", null) : Address(settings.EndPoints[0]);
        Telemetry = new(options.Prefix.TrimEnd(':'), address, port, time);
    }

    public QueueOptions Options { get; }
    public TimeProvider Time { get; }
    public QueueTelemetryTarget Telemetry { get; }
    public string WakeChannel { get; }

    public Troubles Troubles { get; } = new();

    /// <summary>Called when a connection has been made again: messages published meanwhile are lost.</summary>
    public Action? Restored { get; set; }

    /// <summary>This process in leases: its name, and a part that distinguishes it from others that had the name before.</summary>
    public string Holder { get; }

    /// <summary>Why the last operation failed, if it was for a reason that concerns all; null if the last one was answered.</summary>
    public string? Problem { get; private set; }

    /// <summary>All partitions that were ever written to.</summary>
    public IReadOnlyList<Partition> Partitions => Volatile.Read(ref _partitions);

    /// <summary>The partition for a new message: in turn, or the one that the idempotency key decides.</summary>
    public Partition PartitionFor(string? idempotencyKey) =>
        _partitions[idempotencyKey is null
            ? (int)(Interlocked.Increment(ref _next) % (uint)Options.Partitions)
            : Partition.SlotOf(idempotencyKey) % Options.Partitions];

    /// <summary>The partition that an id names.</summary>
    /// <exception cref="MessageNotFoundException">It is no id of this queue.</exception>
    public Partition PartitionOf(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        var index = Partition.IndexOf(id) ?? throw new MessageNotFoundException(id);
        return index < Partitions.Count ? Partitions[index] : new Partition(Options.Prefix, index);
    }

    /// <exception cref="QueueException"/>
    public async ValueTask ReadyAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_newer is { } newer)
            throw new QueueFormatException(newer);
        if (!_promise.IsKnown)
            await OpenAsync().WaitAsync(cancellationToken);
    }

    private async Task OpenAsync()
    {
        await _connections.OpenAsync();
        await _promise.EnsureAsync();
        await EnrollAsync();
    }

    /// <summary>Checks the result of the last look before new mail is written, without a round trip.</summary>
    /// <exception cref="UnsafeServerException">The server does not keep its promise any more.</exception>
    /// <exception cref="QueueException"/>
    public async ValueTask ReadyForMailAsync(CancellationToken cancellationToken = default)
    {
        await ReadyAsync(cancellationToken);
        if (_promise.Broken is { } broken)
            throw new UnsafeServerException(broken);
    }

    /// <summary>Every connection to the server is there.</summary>
    public bool IsWhollyConnected => _connections.AreAllThere;

    /// <summary>Looks again at what the server promises and how many partitions there are.</summary>
    /// <exception cref="QueueException"/>
    public async Task CheckAsync()
    {
        await _connections.OpenAsync();
        await _promise.CheckAsync();
        await EnrollAsync();
    }

    /// <summary>Runs a script that changes something; when this returns the change is durable.</summary>
    public async Task<RedisResult> ChangeAsync(
        Script script, RedisKey[] keys, RedisValue[] arguments, bool body = false, CancellationToken cancellationToken = default)
    {
        var mark = await MarkAsync(script.Name, cancellationToken);
        var reply = await GuardAsync(script.Name, body, (script, keys, arguments),
            static (database, s) => s.script.RunAsync(database, s.keys, s.arguments), cancellationToken);
        await DurableAsync(script.Name, mark, cancellationToken);
        return reply;
    }

    /// <summary>Runs a script and does not wait for the disk: for counts, and where the caller waits later.</summary>
    public async Task<RedisResult> RunAsync(Script script, RedisKey[] keys, RedisValue[] arguments, CancellationToken cancellationToken = default)
    {
        await ReadyAsync(cancellationToken);
        return await GuardAsync(script.Name, body: false, (script, keys, arguments),
            static (database, s) => s.script.RunAsync(database, s.keys, s.arguments), cancellationToken);
    }

    /// <summary>The same on a connection for bodies.</summary>
    public async Task<RedisResult> RunBodyAsync(Script script, RedisKey[] keys, RedisValue[] arguments, CancellationToken cancellationToken = default)
    {
        await ReadyAsync(cancellationToken);
        return await GuardAsync(script.Name, body: true, (script, keys, arguments),
            static (database, s) => s.script.RunAsync(database, s.keys, s.arguments), cancellationToken);
    }

    /// <summary>Plain reads, as many as <paramref name="read"/> likes in one burst.</summary>
    public async Task<T> ReadAsync<T, TState>(
        string operation, TState state, Func<IDatabase, TState, Task<T>> read, CancellationToken cancellationToken = default)
    {
        await ReadyAsync(cancellationToken);
        return await ReadAsync(operation, NextBodyConnection(), state, read, cancellationToken);
    }

    /// <summary>The same on a connection from <see cref="NextBodyConnection"/>, for reads that are to go together.</summary>
    public Task<T> ReadAsync<T, TState>(
        string operation, IDatabase connection, TState state, Func<IDatabase, TState, Task<T>> read, CancellationToken cancellationToken = default) =>
        GuardAsync(operation, connection, state, read, cancellationToken);

    /// <summary>A connection for several reads. The server has answered a call before, so that it is open.</summary>
    public IDatabase NextBodyConnection() => _connections.Body;

    /// <summary>Before a change: what <see cref="DurableAsync"/> needs to know after it.</summary>
    /// <exception cref="QueueException"/>
    public async ValueTask<string> MarkAsync(string operation, CancellationToken cancellationToken = default)
    {
        await ReadyAsync(cancellationToken);
        return await MarkConnectionAsync(operation, cancellationToken);
    }

    private async ValueTask<string> MarkConnectionAsync(string operation, CancellationToken cancellationToken)
    {
        try
        {
            var mark = _barrier.MarkAsync();
            return mark.IsCompletedSuccessfully ? await mark : await mark.AsTask().WaitAsync(cancellationToken);
        }
        catch (Exception error) when (RedisErrors.IsOurs(error))
        {
            throw AccessErrors.Of(error, operation) ?? _connections.Denial(operation) ?? (QueueException)new QueueUnavailableException(
                $"{operation}: the server is not answering. Nothing was changed. ({error.Message})", outcomeUnknown: false, error);
        }
    }

    /// <summary>After a change: returns once it survives a crash of the server.</summary>
    /// <exception cref="QueueUnavailableException"/>
    public async Task DurableAsync(string operation, string mark, CancellationToken cancellationToken = default)
    {
        if (_barrier.Kind == BarrierKind.None)
            return;
        try
        {
            await _barrier.WaitAsync(mark).WaitAsync(cancellationToken);
        }
        catch (Exception error) when (RedisErrors.IsOurs(error))
        {
            throw new QueueUnavailableException(
                $"{operation}: the change was made, but the server did not confirm that it is on disk. ({error.Message})", outcomeUnknown: true, error);
        }
    }

    /// <summary>Calls <paramref name="heard"/> with all that is published on the queue's channel; when this returns, it is heard.</summary>
    public async Task SubscribeAsync(Action<RedisValue> heard)
    {
        await ReadyAsync();
        var channel = RedisChannel.Literal(WakeChannel);
        var subscriber = _connections.ControlConnection.GetSubscriber();
        try
        {
            // The client keeps a listener whose subscription failed, and calls one that is added twice twice.
            if (_listener is { } before)
                await subscriber.UnsubscribeAsync(channel, before, CommandFlags.FireAndForget);
            _listener ??= (_, news) => heard(news);
            await subscriber.SubscribeAsync(channel, _listener);
        }
        catch (Exception error) when (RedisErrors.IsOurs(error))
        {
            throw _connections.Translate(error, "subscribe");
        }
    }

    public ValueTask DisposeAsync()
    {
        _promise.Dispose();
        return _connections.DisposeAsync();
    }

    private Task<T> GuardAsync<T, TState>(
        string operation, bool body, TState state, Func<IDatabase, TState, Task<T>> run, CancellationToken cancellationToken) =>
        GuardAsync(operation, body ? _connections.Body : _connections.Control, state, run, cancellationToken);

    private async Task<T> GuardAsync<T, TState>(
        string operation, IDatabase connection, TState state, Func<IDatabase, TState, Task<T>> run, CancellationToken cancellationToken)
    {
        try
        {
            // Cancelling abandons the wait; what was sent may still be done.
            var result = await run(connection, state).WaitAsync(cancellationToken);
            if (Problem is not null)
                Problem = null;
            return result;
        }
        catch (Exception error) when (RedisErrors.IsOurs(error))
        {
            var translated = _connections.Translate(error, operation);
            if (translated is QueueUnavailableException or QueueAccessException or QueueFullException)
                Problem = translated.Message;
            throw translated;
        }
    }

    private async Task EnrollAsync()
    {
        var reply = await EnrollAsync(Math.Max(Options.Partitions, _partitions.Length));
        if ((int)reply[2] != 0 && await MostInUseAsync() is var used && used > (int)reply[0])
            reply = await EnrollAsync(used);
        _newer = (int)reply[1] > StoredEnvelope.CurrentVersion
            ? $"The queue '{Options.Prefix}' is of a newer format ({(int)reply[1]}; this version knows up to {StoredEnvelope.CurrentVersion}). Upgrade this program."
            : null;
        if (_newer is { } newer)
            throw new QueueFormatException(newer);
        Learn((int)reply[0]);
    }

    private async Task<RedisResult[]> EnrollAsync(int partitions)
    {
        var mark = await MarkConnectionAsync("enroll", CancellationToken.None);
        var reply = (RedisResult[])(await GuardAsync("enroll", false, (this, partitions), static (database, s) => Script.Enroll.RunAsync(
            database, [s.Item1._partitions[0].State], [s.partitions, StoredEnvelope.CurrentVersion, Partition.Most, s.Item1.WakeChannel]), default))!;
        await DurableAsync("enroll", mark);
        return reply;
    }

    /// <summary>The number of partitions with messages, where the number that the queue noted is lost.</summary>
    private Task<int> MostInUseAsync() => GuardAsync("enroll", body: false, Options.Prefix, static async (database, prefix) =>
    {
        var there = await Task.WhenAll(Enumerable.Range(0, Partition.Most).Select(async index =>
        {
            var partition = new Partition(prefix, index);
            return await database.KeyExistsAsync(partition.Schedule) | await database.KeyExistsAsync(partition.Held);
        }));
        return Array.LastIndexOf(there, true) + 1;
    }, default);

    /// <summary>Notes that edges write to this many partitions.</summary>
    /// <returns>True if the number is new.</returns>
    public bool Learn(int partitions)
    {
        lock (_learning)
        {
            if (partitions <= _partitions.Length)
                return false;
            Volatile.Write(ref _partitions, [.. _partitions, .. Enumerable.Range(_partitions.Length, partitions - _partitions.Length).Select(i => new Partition(Options.Prefix, i))]);
            return true;
        }
    }

    /// <summary>A holder's name as the settings have it.</summary>
    public static string NameOf(string holder) => holder.LastIndexOf('#') is var at and >= 0 ? holder[..at] : holder;

    private static (string Address, int? Port) Address(System.Net.EndPoint endPoint) => endPoint switch
    {
        System.Net.DnsEndPoint dns => (dns.Host, dns.Port),
        System.Net.IPEndPoint ip => (ip.Address.ToString(), ip.Port),
        _ => (endPoint.ToString() ?? "", null),
    };
}

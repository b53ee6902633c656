using System.Diagnostics;
using System.Net.Security;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>
/// The storage's own connections: one for the small, urgent calls (claim, settle, renew, wake-ups), some for message bodies, so
/// that a large message delays no claim, and one for the durability barrier. They are opened on first use.
/// </summary>
/// <remarks>
/// Made from the settings of the application's connection, not shared with it: the application's may queue calls while the server
/// is away, and may be instrumented to make a span of every command.
/// </remarks>
internal sealed class RedisConnections : IAsyncDisposable
{
    private static readonly CommandMap WithoutSubscriptions = CommandMap.Create(["SUBSCRIBE", "UNSUBSCRIBE", "PSUBSCRIBE", "PUNSUBSCRIBE"], available: false);

    private readonly ConfigurationOptions _settings;
    private readonly int _bodies;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile Opened? _opened;
    private volatile Exception? _failure;
    private bool _disposed;
    private uint _next;

    public RedisConnections(ConfigurationOptions settings, QueueOptions options)
    {
        _bodies = options.BodyConnections;
        _settings = settings.Clone();
        // A call fails at once when the server is away, rather than waiting in a backlog until it times out.
        _settings.BacklogPolicy = BacklogPolicy.FailFast;
        _settings.AbortOnConnectFail = false;
        _settings.ReconnectRetryPolicy = new LinearRetry(250);
        if (_settings.AsyncTimeout == 5000)
            _settings.AsyncTimeout = (int)options.Timeout.TotalMilliseconds;
        // The server's settings are read with INFO and CONFIG GET, which the client counts as administration.
        _settings.AllowAdmin = true;
        _settings.ClientName ??= "slimta";
        // The client would use these for itself, and we have no use for them: a channel and a key outside the queue's.
        _settings.ConfigurationChannel = "";
        _settings.TieBreaker = "";
        _settings.SetClientLibrary = false;
        if (_settings.Ssl)
            _settings.SslClientAuthenticationOptions = TlsOf(_settings);
    }

    /// <summary>The client's own TLS options look for revocation lists where the server's certificate says; here nothing is fetched.</summary>
    private static Func<string, SslClientAuthenticationOptions> TlsOf(ConfigurationOptions settings)
    {
        var given = settings.SslClientAuthenticationOptions;
        var protocols = settings.SslProtocols ?? System.Security.Authentication.SslProtocols.None;
        return host =>
        {
            var options = given?.Invoke(host) ?? new SslClientAuthenticationOptions { TargetHost = host, EnabledSslProtocols = protocols };
            options.CertificateChainPolicy ??= RemoteCertificate.ChainPolicy();
            return options;
        };
    }

    /// <summary>Called when a connection has been made again: the server behind it may be another.</summary>
    public Action? Restored { get; set; }

    public int Database => _settings.DefaultDatabase ?? 0;

    public IDatabase Control => Current.Control.GetDatabase();
    public IConnectionMultiplexer ControlConnection => Current.Control;
    public IConnectionMultiplexer BarrierConnection => Current.Barrier;

    /// <summary>A connection for message bodies, taken in turn. After an outage they come back one by one: one that is there is preferred.</summary>
    public IDatabase Body
    {
        get
        {
            var bodies = Current.Bodies;
            var turn = Interlocked.Increment(ref _next);
            for (uint i = 0; i < bodies.Length; i++)
            {
                if (bodies[(turn + i) % bodies.Length] is { IsConnected: true } body)
                    return body.GetDatabase();
            }
            return bodies[turn % bodies.Length].GetDatabase();
        }
    }

    /// <summary>Every connection is there, not only the one that answered.</summary>
    public bool AreAllThere => _opened is { Control.IsConnected: true, Barrier.IsConnected: true, Bodies: var bodies } && Array.TrueForAll(bodies, body => body.IsConnected);

    private Opened Current => _opened ?? throw new UnreachableException("OpenAsync comes first.");

    /// <exception cref="QueueException">The server cannot be reached, or refuses us.</exception>
    public ValueTask OpenAsync() => _opened is null ? new(OpenOnceAsync()) : ValueTask.CompletedTask;

    private async Task OpenOnceAsync()
    {
        await _gate.WaitAsync();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_opened is not null)
                return;
            if (_settings.Defaults is PasswordFile { Problem: { } problem })
                throw new QueueUnavailableException(problem, outcomeUnknown: false);
            var all = await Task.WhenAll(Enumerable.Range(0, 2 + _bodies).Select(i => ConnectionMultiplexer.ConnectAsync(SettingsOf(i == 0))));
            _opened = new(all[0], all[1], all[2..]);
            all[0].ConnectionRestored += (_, _) =>
            {
                _failure = null;
                Restored?.Invoke();
            };
        }
        catch (Exception error) when (RedisErrors.IsOurs(error))
        {
            throw Translate(error, "connect");
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>
    /// As <see cref="RedisErrors.Translate"/>; where the server only appears to be away, the reason why no connection could be made.
    /// </summary>
    public QueueException Translate(Exception error, string operation)
    {
        var translated = RedisErrors.Translate(error, operation);
        return translated is QueueUnavailableException { OutcomeUnknown: false } ? Denial(operation) ?? translated : translated;
    }

    /// <summary>
    /// Why the server cannot be reached: the client does not say why it fails to connect again, so open a connection that does.
    /// </summary>
    public async Task<QueueException> WhyAwayAsync()
    {
        var settings = SettingsOf(subscribes: false);
        (settings.AbortOnConnectFail, settings.ConnectRetry, settings.ConnectTimeout) = (true, 1, Math.Min(settings.ConnectTimeout, 2000));
        try
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync(settings);
            _failure = null;
            return new QueueUnavailableException("The server is not ready yet.", outcomeUnknown: false);
        }
        catch (Exception error) when (RedisErrors.IsOurs(error))
        {
            _failure = error;
            return RedisErrors.Translate(error, "connect");
        }
    }

    /// <summary>Why the server did not let us in when it was last tried; null if it is away for another reason.</summary>
    public QueueAccessException? Denial(string operation) => AccessErrors.Of(_failure, operation);

    /// <summary>Only the first subscribes: the client opens a second connection for that.</summary>
    private ConfigurationOptions SettingsOf(bool subscribes)
    {
        var settings = _settings.Clone();
        if (!subscribes && settings.CommandMap == CommandMap.Default)
            settings.CommandMap = WithoutSubscriptions;
        return settings;
    }

    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync();
        _disposed = true;
        if (_opened is { } opened)
            await Task.WhenAll(opened.Bodies.Append(opened.Barrier).Append(opened.Control).Select(c => c.DisposeAsync().AsTask()));
        _gate.Release();
    }

    private sealed record Opened(ConnectionMultiplexer Control, ConnectionMultiplexer Barrier, ConnectionMultiplexer[] Bodies);
}

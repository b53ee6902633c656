using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slimta.Relay;
using Slimta.Storage;

namespace Slimta.Tests.Relay;

/// <summary>A host as Relay/Program.cs makes it. What it settles can be waited for.</summary>
internal sealed class RelayHost : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly Settlements _settlements;

    private RelayHost(IHost host, Settlements settlements) => (_host, _settlements) = (host, settlements);

    public IQueueStorage Queue => _host.Services.GetRequiredService<IQueueStorage>();
    public IQueueOperator Operator => _host.Services.GetRequiredService<IQueueOperator>();
    public IServiceProvider Services => _host.Services;
    public IReadOnlyCollection<string> Log => _settlements.Lines;

    public static async Task<RelayHost> StartAsync(
        string redis, Dictionary<string, string?>? settings = null, Action<IServiceCollection>? services = null, string? prefix = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = "Production", ApplicationName = "relay-test" });
        var settlements = new Settlements();
        builder.Logging.AddProvider(settlements).SetMinimumLevel(LogLevel.Debug);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:redis"] = redis + ",allowAdmin=true",
            ["Storage:Prefix"] = prefix ?? $"t{Guid.NewGuid():N}:",
            ["Relay:HelloName"] = "relay.test",
        });
        builder.Configuration.AddInMemoryCollection(settings ?? []);
        services?.Invoke(builder.Services);
        builder.AddMailQueue();
        builder.AddRelay();
        var host = builder.Build();
        await host.StartAsync();
        return new(host, settlements);
    }

    /// <summary>How the next attempt that ends is settled.</summary>
    public async Task<(string Id, string Settlement)> SettledAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return await _settlements.Ended.Reader.ReadAsync(patience.Token);
    }

    /// <summary>How this message's next attempt is settled: what it made, such as a report, may come before it.</summary>
    public async Task<string> SettledAsync(string id)
    {
        while (true)
        {
            var (settled, settlement) = await SettledAsync();
            if (settled == id)
                return settlement;
        }
    }

    /// <summary>Returns when the relay has logged a line with <paramref name="words"/>.</summary>
    public async Task LoggedAsync(string words)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await foreach (var line in _settlements.Said.Reader.ReadAllAsync(patience.Token))
        {
            if (line.Contains(words, StringComparison.Ordinal))
                return;
        }
    }

    public Task<string> WriteAsync(string sender, params string[] recipients) => Queue.WriteAsync(Mail.From(sender, recipients));

    public Task StopAsync() => _host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    /// <summary>Hears of settlements by the relay's own log, so that no test needs to ask again and again.</summary>
    private sealed class Settlements : ILoggerProvider, ILogger
    {
        public Channel<(string Id, string Settlement)> Ended { get; } = Channel.CreateUnbounded<(string, string)>();
        public ConcurrentQueue<string> Lines { get; } = new();
        public Channel<string> Said { get; } = Channel.CreateUnbounded<string>();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Dispose()
        {
        }

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var line = $"{logLevel} {formatter(state, exception)} {exception}";
            Lines.Enqueue(line);
            Said.Writer.TryWrite(line);
            if (eventId.Name == "Settled" && state is IReadOnlyList<KeyValuePair<string, object?>> values)
                Ended.Writer.TryWrite(((string)values.First(v => v.Key == "Id").Value!, (string)values.First(v => v.Key == "Settlement").Value!));
        }
    }
}

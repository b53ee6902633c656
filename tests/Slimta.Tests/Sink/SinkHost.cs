using System.Threading.Channels;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Slimta.Sink;

namespace Slimta.Tests.Sink;

/// <summary>A sink on its own port, whose messages can be waited for.</summary>
internal sealed class SinkHost : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly Channel<SinkMessage> _arrived = Channel.CreateUnbounded<SinkMessage>();

    private SinkHost(IHost host) => _host = host;

    public SinkStore Store => _host.Services.GetRequiredService<SinkStore>();
    public string Address => _host.Services.GetRequiredService<SinkService>().Endpoint!.ToString();

    public static async Task<SinkHost> StartAsync(Dictionary<string, string?>? settings = null, TimeProvider? time = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "sink-test" });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Sink:Port"] = "0" });
        builder.Configuration.AddInMemoryCollection(settings ?? []);
        if (time is not null)
            builder.Services.AddSingleton(time);
        builder.AddSink();
        var sink = new SinkHost(builder.Build());
        sink.Store.Arrived = message => sink._arrived.Writer.TryWrite(message);
        await sink._host.StartAsync();
        return sink;
    }

    public async Task<SinkMessage> ArrivedAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return await _arrived.Reader.ReadAsync(patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}

using System.Threading.Channels;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Slimta.Mailbox;

namespace Slimta.Tests.Mailbox;

/// <summary>A mailbox on its own port, whose messages can be waited for.</summary>
internal sealed class MailboxHost : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly Channel<MailboxMessage> _arrived = Channel.CreateUnbounded<MailboxMessage>();

    private MailboxHost(IHost host) => _host = host;

    public MailboxStore Store => _host.Services.GetRequiredService<MailboxStore>();
    public string Address => _host.Services.GetRequiredService<MailboxService>().Endpoint!.ToString();

    public static async Task<MailboxHost> StartAsync(Dictionary<string, string?>? settings = null, TimeProvider? time = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "mailbox-test" });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Mailbox:Port"] = "0" });
        builder.Configuration.AddInMemoryCollection(settings ?? []);
        if (time is not null)
            builder.Services.AddSingleton(time);
        builder.AddMailbox();
        var mailbox = new MailboxHost(builder.Build());
        mailbox.Store.Arrived = message => mailbox._arrived.Writer.TryWrite(message);
        await mailbox._host.StartAsync();
        return mailbox;
    }

    public async Task<MailboxMessage> ArrivedAsync()
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

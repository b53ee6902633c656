using System.Net;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Slimta.Smtp.Server;

namespace Slimta.Mailbox;

/// <summary>Runs the catch-all server for as long as the host runs.</summary>
internal sealed class MailboxService(IOptions<MailboxOptions> options, MailboxHandler handler, ILoggerFactory loggers, TimeProvider time)
    : IHostedService, IAsyncDisposable
{
    private SmtpServer? _server;

    /// <summary>Where it listens.</summary>
    public IPEndPoint? Endpoint => _server?.Endpoints[0];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var settings = options.Value;
        _server = new SmtpServer(new SmtpServerOptions
        {
            Hostname = settings.Hostname,
            // Only we ourselves send here.
            IsExempt = _ => true,
            // Idle sessions have said goodbye long before; and nothing is lost when one stops in the middle.
            Timeouts = new SmtpTimeouts { Greeting = TimeSpan.Zero, Stop = TimeSpan.FromSeconds(2) },
            Endpoints = { new SmtpEndpoint(new IPEndPoint(IPAddress.Parse(settings.Address), settings.Port)) },
        }, handler, loggers, time);
        await _server.StartAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        handler.Stop();
        return _server?.StopAsync(cancellationToken) ?? Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? default;
}

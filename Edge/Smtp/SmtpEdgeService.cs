using System.Net;
using Microsoft.Extensions.Options;
using Slimta.Smtp.Server;

namespace Slimta.Edge.Smtp;

/// <summary>Runs the SMTP server for as long as the host runs.</summary>
internal sealed class SmtpEdgeService(
    IOptions<EdgeOptions> options, EdgeHandler handler, RelayPolicy relay,
    Withdrawals withdrawals, ILoggerFactory loggers, TimeProvider time) : IHostedService, IAsyncDisposable
{
    private SmtpServer? _server;

    /// <summary>Where it listens; the implicit TLS port comes last.</summary>
    public IReadOnlyList<IPEndPoint> Endpoints => _server?.Endpoints ?? [];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var smtp = options.Value.Smtp;
        if (!smtp.Enabled)
            return;
        var address = IPAddress.Parse(smtp.Address);
        var server = new SmtpServerOptions
        {
            Hostname = options.Value.Hostname,
            Limits = smtp.Limits,
            Timeouts = smtp.Timeouts,
            AllowPlaintextAuth = smtp.AllowPlaintextAuth,
            Proxies = [.. smtp.Proxies.Select(IPNetwork.Parse)],
            IsExempt = relay.IsTrusted,
            BareLineFeed = smtp.BareLineFeed,
            StrictHello = smtp.StrictHello,
            Tls = smtp.Certificate is null ? null : new CertificateFile(smtp.Certificate, smtp.CertificateKey).Current,
            Endpoints = { new(new(address, smtp.Port)) },
        };
        if (smtp.ImplicitTlsPort is { } port)
            server.Endpoints.Add(new(new(address, port), ImplicitTls: true));
        server.Tls?.Invoke();
        _server = new(server, handler, loggers, time);
        await _server.StartAsync(cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_server is not null)
            await _server.StopAsync(cancellationToken);
        await withdrawals.WhenIdle().WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? default;
}

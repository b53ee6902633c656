using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Slimta.Relay.Routing;
using Slimta.Smtp;
using Slimta.Smtp.Client;

namespace Slimta.Relay.Lanes;

/// <summary>Opens a session with a destination: its hosts in order, every address of each, until one answers.</summary>
internal sealed class Connector(MailDns dns, AddressPolicy policy, MxOptions mx, ClientSettings settings, ILogger<Connector> log)
{
    /// <summary>RFC 5321 §5.1 wants at least two addresses tried; this many bound the time an attempt may take.</summary>
    private const int MaxTries = 6;

    /// <exception cref="SmtpSessionException">None answered; the last failure.</exception>
    public async Task<SmtpConnection> OpenAsync(Destination destination, CancellationToken cancellationToken)
    {
        SmtpSessionException? failure = null;
        var tries = 0;
        foreach (var host in destination.Hosts)
        {
            var (addresses, problem) = await ResolveAsync(host.Host, destination.IsPublic, cancellationToken);
            failure = problem ?? failure;
            foreach (var address in addresses)
            {
                if (tries++ == MaxTries)
                    throw failure!;
                var target = new SmtpTarget(host.Host, new IPEndPoint(address, host.Port), destination.Security);
                try
                {
                    return await SmtpConnection.OpenAsync(target, settings, cancellationToken);
                }
                catch (SmtpSessionException e) when (!e.Cancelled)
                {
                    failure = e;
                    e.Target = target;
                    if (e.Stage == SmtpStage.Authenticate)
                        RelayLog.LoginFailed(log, host.Host, e.Message);
                }
            }
        }
        throw failure ?? new SmtpSessionException(SmtpStage.Connect, "The destination has no hosts (Connect).");
    }

    private async Task<(IReadOnlyList<IPAddress> Addresses, SmtpSessionException? Problem)> ResolveAsync(
        string host, bool isPublic, CancellationToken cancellationToken)
    {
        if (!isPublic)
            return await ResolveLocalAsync(host, cancellationToken);
        var answer = await dns.AddressesAsync(host, cancellationToken);
        if (answer.Status != DnsStatus.Found)
            return ([], new SmtpSessionException(SmtpStage.Connect, $"{host} has no address ({answer.Status}) (Connect)."));
        IPAddress[] allowed = mx.AllowPrivateAddresses ? [.. answer.Records] : [.. answer.Records.Where(policy.IsPublic)];
        return allowed.Length > 0
            ? (allowed, null)
            : ([], new SmtpSessionException(SmtpStage.Connect, $"{host} has only private addresses or our own; Relay:Mx:AllowPrivateAddresses would allow them (Connect).",
                new SmtpReply(554, "5.4.6", $"{host} has only private addresses or those of this relay")));
    }

    private async Task<(IReadOnlyList<IPAddress> Addresses, SmtpSessionException? Problem)> ResolveLocalAsync(
        string host, CancellationToken cancellationToken)
    {
        try
        {
            return (await MailDns.LocalAddressesAsync(host, cancellationToken), null);
        }
        catch (SocketException e)
        {
            RelayLog.Unresolvable(log, host, e.Message);
            return ([], new SmtpSessionException(SmtpStage.Connect, $"{host} cannot be resolved: {e.Message} (Connect)", inner: e));
        }
        catch (OperationCanceledException e)
        {
            throw new SmtpSessionException(SmtpStage.Connect, "The relay gave up (Connect).", inner: e) { Cancelled = true };
        }
    }
}

using System.Net;
using Slimta.Smtp.Client;

namespace Slimta.Relay.Destinations;

/// <summary>Opens a session with a destination: its servers in order, some addresses of each, until one answers.</summary>
internal sealed class Connector(MailServers servers, ClientSettings settings, ILogger<Connector> log)
{
    /// <summary>RFC 5321 §5.1 wants at least two addresses tried; this many bound the time an attempt may take.</summary>
    private const int MaxTries = 8;

    /// <summary>So that a server with many dead addresses leaves tries for the next.</summary>
    private const int MaxTriesPerServer = 4;

    /// <exception cref="SmtpSessionException">None answered; the last failure.</exception>
    /// <exception cref="UnroutableException">There is none to ask.</exception>
    public async Task<SmtpConnection> OpenAsync(Destination destination, CancellationToken cancellationToken)
    {
        SmtpSessionException? failure = null;
        RoutingFailure? problem = null;
        var (tries, hosts) = (0, 0);
        var started = settings.Time.GetTimestamp();
        await foreach (var server in servers.FindAsync(destination, cancellationToken))
        {
            if (server is { IsNamed: true, Problem: { } unresolvable })
                RelayLog.Unresolvable(log, server.Host, unresolvable.Problem);
            // A temporary failure outweighs a permanent one.
            if (server.Problem is not null && (problem is null || problem.IsPermanent))
                problem = server.Problem;
            if (server.Addresses.Count > 0)
                hosts++;
            foreach (var (index, address) in server.Addresses.Take(MaxTriesPerServer).Index())
            {
                if (failure is not null && ++tries == MaxTries)
                    throw failure;
                // One greeting's time is enough: a server silent at one address is silent at the next. But a second server has its try,
                // or the mail of a domain whose first keeps silent would never come to it.
                if (failure is not null && settings.Time.GetElapsedTime(started) > settings.Timeouts.Greeting && (hosts, index) is not (2, 0))
                {
                    if (hosts > 1)
                        throw failure;
                    break;
                }
                var target = new SmtpTarget(server.Host, new IPEndPoint(address, server.Port), destination.Security);
                try
                {
                    return await SmtpConnection.OpenAsync(target, settings, cancellationToken);
                }
                catch (SmtpSessionException e) when (!e.Cancelled)
                {
                    failure = e;
                    e.Target = target;
                    if (e.Stage == SmtpStage.Authenticate)
                        RelayLog.LoginFailed(log, server.Host, e.Message);
                    else if (e.Stage == SmtpStage.StartTls && destination.Security.MustEncrypt)
                        RelayLog.NotSecure(log, server.Host, e.Message);
                }
            }
        }
        if (cancellationToken.IsCancellationRequested)
            throw new SmtpSessionException(SmtpStage.Connect, "The relay gave up (connecting).") { Cancelled = true };
        throw failure is not null ? failure : new UnroutableException(problem ?? new("4.4.4", "The destination has no servers."));
    }
}

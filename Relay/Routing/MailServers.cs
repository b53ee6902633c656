using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Slimta.Relay.Routing;

/// <summary>
/// The mail servers of a destination with their addresses (RFC 5321 §5.1), in the order to try them. All that the DNS is asked for an
/// attempt has one deadline, and independent questions are asked at the same time.
/// </summary>
internal sealed class MailServers(MailDns dns, AddressPolicy policy, MxOptions options, string helloName, TimeProvider time)
{
    /// <summary>Twice what the domains with the most have; a stranger's MX must not make us ask for hundreds.</summary>
    private const int MaxHosts = 10;

    /// <summary>Each with addresses, or why it has none. A problem alone, without a host, is one of the whole destination.</summary>
    public IAsyncEnumerable<MailServer> FindAsync(Destination destination, CancellationToken cancellationToken) =>
        destination.MailDomain is { } domain ? OfDomainAsync(domain, cancellationToken) : NamedAsync(destination, cancellationToken);

    private async IAsyncEnumerable<MailServer> OfDomainAsync(string domain, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var (hosts, problem) = Hosts(domain, await dns.MxAsync(domain, either.Token));
        if (problem is not null)
            yield return new MailServer("", 0, [], problem);
        var lookUps = hosts.Take(MaxHosts).Select(host => (host, dns.AddressesAsync(host, either.Token))).ToList();
        foreach (var (host, lookUp) in lookUps)
            yield return Server(host, await lookUp, isItself: host == domain);
        if (hosts.Count > MaxHosts)
            yield return new MailServer("", 0, [], new("4.4.4", $"{domain} names {hosts.Count} mail servers; the first {MaxHosts} were tried."));
    }

    private (IReadOnlyList<string> Hosts, RoutingFailure? Problem) Hosts(string domain, DnsAnswer<MxHost> answer) => answer.Status switch
    {
        DnsStatus.Failed => ([], new("4.4.3", $"The DNS gave no usable answer about the mail servers of {domain}.")),
        DnsStatus.NoDomain => ([], new("5.1.2", $"The domain {domain} does not exist.")),
        // RFC 5321 §5.1: without MX records, the domain is its own mail server.
        DnsStatus.NoData => ([domain], null),
        _ when answer.Records is [{ Host.Length: 0 }] => ([], new("5.1.10", $"The domain {domain} takes no mail (null MX, RFC 7505).")),
        _ when Nearer(answer.Records) is { Count: > 0 } nearer => (nearer, null),
        _ => ([], new("5.4.6", $"The mail of {domain} loops back to us.")),
    };

    /// <summary>RFC 5321 §5.1: where we are one of them, those not nearer than we are would send it back.</summary>
    private List<string> Nearer(IReadOnlyList<MxHost> hosts)
    {
        var self = hosts.Where(host => string.Equals(host.Host, helloName, StringComparison.OrdinalIgnoreCase)).Select(host => (int?)host.Preference).Min();
        return [.. hosts.Where(host => host.Host.Length > 0 && (self is null || host.Preference < self)).Select(host => host.Host)];
    }

    private MailServer Server(string host, DnsAnswer<IPAddress> answer, bool isItself) => answer.Status switch
    {
        DnsStatus.Found => Allowed(host, answer.Records),
        DnsStatus.Failed => new(host, 0, [], new("4.4.3", $"The DNS gave no usable answer about the address of {host}.")),
        _ when isItself => new(host, 0, [], new("5.1.2", $"The domain {host} has neither a mail server nor an address.")),
        _ => new(host, 0, [], new("5.4.4", $"The mail server {host} has no address.")),
    };

    private MailServer Allowed(string host, IReadOnlyList<IPAddress> addresses)
    {
        IPAddress[] allowed = options.AllowPrivateAddresses ? [.. addresses] : [.. addresses.Where(policy.IsPublic)];
        return new(host, options.Port, allowed, allowed.Length > 0 ? null
            : new("5.4.6", $"{host} has only private addresses or those of this relay; to allow them, set Relay:Mx:AllowPrivateAddresses to true."));
    }

    /// <summary>A host that configuration names, by the system's resolver, which knows local names; or an address literal.</summary>
    private async IAsyncEnumerable<MailServer> NamedAsync(Destination destination, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var (host, port) in destination.Hosts)
        {
            if (IPAddress.TryParse(host.Trim('[', ']'), out var literal))
                yield return destination.IsPublic ? Allowed(host, [literal]) : new MailServer(host, port, [literal], null);
            else
                yield return await ResolveAsync(host, port, cancellationToken);
        }
    }

    private async Task<MailServer> ResolveAsync(string host, int port, CancellationToken cancellationToken)
    {
        string reason;
        try
        {
            return new MailServer(host, port, await Dns.GetHostAddressesAsync(host, cancellationToken).WaitAsync(options.Timeout, time, cancellationToken), null);
        }
        catch (SocketException e)
        {
            reason = e.Message;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            reason = $"no answer within {options.Timeout}";
        }
        catch (ArgumentException e)
        {
            reason = e.Message;
        }
        return new MailServer(host, port, [], new("4.4.3", $"{host} cannot be resolved: {reason}")) { IsNamed = true };
    }
}

/// <summary>A mail server.</summary>
/// <param name="Problem">Why it has no addresses.</param>
internal sealed record MailServer(string Host, int Port, IReadOnlyList<IPAddress> Addresses, RoutingFailure? Problem)
{
    /// <summary>Configuration names it, so an operator wants to know.</summary>
    public bool IsNamed { get; init; }
}

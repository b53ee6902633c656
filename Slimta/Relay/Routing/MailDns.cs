using System.Net;
using System.Net.Sockets;
using DnsClient;
using DnsClient.Protocol;

namespace Slimta.Relay.Routing;

/// <summary>The DNS as mail sees it: every answer is hosts, nothing, or a failure to try again later.</summary>
internal sealed class MailDns
{
    /// <summary>Made when first needed: a host that only has a next hop may have no DNS at all.</summary>
    private readonly Lazy<LookupClient> _client;

    public MailDns(MxOptions options) => _client = new(() => Make(options));

    private static LookupClient Make(MxOptions options)
    {
        var settings = options.DnsServers.Length == 0
            ? new LookupClientOptions()
            : new LookupClientOptions([.. options.DnsServers.Select(ParseServer)]);
        settings.Timeout = options.Timeout;
        settings.UseCache = true;
        settings.ThrowDnsErrors = false;
        settings.ContinueOnDnsError = true;
        return new LookupClient(settings);
    }

    /// <summary>MX records, nearest first and shuffled among equals (RFC 5321 §5.1).</summary>
    public async Task<DnsAnswer<MxHost>> MxAsync(string domain, CancellationToken cancellationToken)
    {
        var answer = await QueryAsync<MxRecord>(domain, QueryType.MX, cancellationToken);
        var hosts = answer.Records.Select(record => new MxHost(record.Exchange.Value.TrimEnd('.'), record.Preference)).ToArray();
        Random.Shared.Shuffle(hosts);
        return new(answer.Status, [.. hosts.OrderBy(host => host.Preference)]);
    }

    /// <summary>IPv4 and IPv6 addresses of a host that the DNS named, in turns so that a broken one does not use up the tries.</summary>
    public async Task<DnsAnswer<IPAddress>> AddressesAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var literal))
            return new(DnsStatus.Found, [literal]);
        var four = await QueryAsync<ARecord>(host, QueryType.A, cancellationToken);
        var six = Socket.OSSupportsIPv6
            ? await QueryAsync<AaaaRecord>(host, QueryType.AAAA, cancellationToken)
            : new(four.Status, []);
        IPAddress[] found = [.. Interleave([.. four.Records.Select(r => r.Address)], [.. six.Records.Select(r => r.Address)])];
        var status = found.Length > 0 ? DnsStatus.Found
            : four.Status == DnsStatus.Failed || six.Status == DnsStatus.Failed ? DnsStatus.Failed
            : four.Status;
        return new(status, found);
    }

    /// <summary>Addresses of a host that configuration named: by the system's resolver, which knows local names.</summary>
    public static async Task<IPAddress[]> LocalAddressesAsync(string host, CancellationToken cancellationToken) =>
        IPAddress.TryParse(host.Trim('[', ']'), out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellationToken);

    public static NameServer ParseServer(string text) =>
        IPEndPoint.TryParse(text, out var endpoint)
            ? new NameServer(endpoint.Address, endpoint.Port == 0 ? 53 : endpoint.Port)
            : throw new FormatException($"\"{text}\" is not an address of a DNS server.");

    private async Task<DnsAnswer<T>> QueryAsync<T>(string name, QueryType type, CancellationToken cancellationToken)
        where T : DnsResourceRecord
    {
        try
        {
            var response = await _client.Value.QueryAsync(name, type, QueryClass.IN, cancellationToken);
            return response.Header.ResponseCode switch
            {
                DnsHeaderResponseCode.NoError when response.Answers.OfType<T>().ToArray() is { Length: > 0 } found => new(DnsStatus.Found, found),
                DnsHeaderResponseCode.NoError => new(DnsStatus.NoData, []),
                DnsHeaderResponseCode.NotExistentDomain => new(DnsStatus.NoDomain, []),
                _ => new(DnsStatus.Failed, []),
            };
        }
        catch (Exception e) when (e is DnsResponseException or SocketException or InvalidOperationException or OperationCanceledException
            && !cancellationToken.IsCancellationRequested)
        {
            return new(DnsStatus.Failed, []);
        }
    }

    private static IEnumerable<IPAddress> Interleave(IPAddress[] four, IPAddress[] six)
    {
        Random.Shared.Shuffle(four);
        Random.Shared.Shuffle(six);
        for (var i = 0; i < Math.Max(four.Length, six.Length); i++)
        {
            if (i < four.Length)
                yield return four[i];
            if (i < six.Length)
                yield return six[i];
        }
    }
}

internal sealed record DnsAnswer<T>(DnsStatus Status, IReadOnlyList<T> Records);

internal readonly record struct MxHost(string Host, int Preference);

internal enum DnsStatus
{
    Found,

    /// <summary>The name exists and has no such record.</summary>
    NoData,

    /// <summary>The name does not exist.</summary>
    NoDomain,

    /// <summary>No answer, or an answer that tells nothing.</summary>
    Failed,
}

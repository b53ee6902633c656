using System.Net;
using System.Net.Sockets;
using DnsClient;
using DnsClient.Protocol;

namespace Slimta.Relay.Routing;

/// <summary>The DNS as mail sees it: every answer is hosts, nothing, or a failure to try again later. It does not throw.</summary>
internal sealed class MailDns
{
    /// <summary>A name server is asked again once, because a UDP packet can get lost.</summary>
    private const int Retries = 1;

    /// <summary>As resolvers do.</summary>
    private const int MaxAliases = 8;

    /// <summary>How long IPv6 addresses are waited for when those of IPv4 are there (RFC 8305 §3 says 50 ms; servers that lose the question are many).</summary>
    private static readonly TimeSpan ResolutionDelay = TimeSpan.FromMilliseconds(100);

    private readonly MxOptions _options;
    private readonly TimeProvider _time;
    private readonly SharedLookUps<MxHost> _mx;
    private readonly SharedLookUps<IPAddress> _addresses;

    /// <summary>Made when first needed: a host that only has a next hop may have no DNS at all.</summary>
    private readonly Lazy<LookupClient> _client;

    public MailDns(MxOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        (_mx, _addresses) = (new(time), new(time));
        _client = new(() => Make(options));
    }

    private static LookupClient Make(MxOptions options)
    {
        var servers = options.DnsServers.Length == 0
            ? NameServer.ResolveNameServers(skipIPv6SiteLocal: true, fallbackToGooglePublicDns: false)
            : [.. options.DnsServers.Select(ParseServer)];
        return new LookupClient(new LookupClientOptions([.. servers])
        {
            // So that the last server is asked, and asked again, before the time for all is up.
            Timeout = options.Timeout / ((1 + Retries) * Math.Max(1, servers.Count)),
            Retries = Retries,
            UseCache = true,
            ThrowDnsErrors = false,
            ContinueOnDnsError = true,
        });
    }

    /// <summary>MX records, nearest first and shuffled among equals (RFC 5321 §5.1).</summary>
    public async Task<DnsAnswer<MxHost>> MxAsync(string domain, CancellationToken cancellationToken)
    {
        var answer = await WithinAsync(_mx.AskAsync(domain, AskMxAsync), cancellationToken);
        var hosts = answer.Records.ToArray();
        Random.Shared.Shuffle(hosts);
        return answer with { Records = [.. hosts.OrderBy(host => host.Preference)] };
    }

    /// <summary>IPv4 and IPv6 addresses of a host that the DNS named, in turns so that a broken one does not use up the tries.</summary>
    public async Task<DnsAnswer<IPAddress>> AddressesAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var literal))
            return new(DnsStatus.Found, [literal]);
        // RFC 6761 §6.3: the DNS knows nothing of it.
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase))
            return new(DnsStatus.Found, [IPAddress.Loopback]);
        return await WithinAsync(_addresses.AskAsync(host, AskAddressesAsync), cancellationToken);
    }

    public static NameServer ParseServer(string text) =>
        IPEndPoint.TryParse(text, out var endpoint)
            ? new NameServer(endpoint.Address, endpoint.Port == 0 ? 53 : endpoint.Port)
            : throw new FormatException($"\"{text}\" is not an address of a DNS server.");

    private static async Task<DnsAnswer<T>> WithinAsync<T>(Task<DnsAnswer<T>> lookUp, CancellationToken cancellationToken)
    {
        await ((Task)lookUp.WaitAsync(cancellationToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return lookUp.IsCompletedSuccessfully ? lookUp.Result : DnsAnswer<T>.Failed;
    }

    private async Task<DnsAnswer<MxHost>> AskMxAsync(string domain)
    {
        var answer = await QueryAsync<MxRecord>(domain, QueryType.MX);
        return answer.To(record => new MxHost(record.Exchange.Value.TrimEnd('.'), record.Preference));
    }

    private async Task<DnsAnswer<IPAddress>> AskAddressesAsync(string host)
    {
        var fourth = QueryAsync<ARecord>(host, QueryType.A);
        var sixth = Socket.OSSupportsIPv6 ? QueryAsync<AaaaRecord>(host, QueryType.AAAA) : Task.FromResult(new DnsAnswer<AaaaRecord>(DnsStatus.NoData, []));
        var four = (await fourth).To(record => record.Address);
        if (four.Status == DnsStatus.Found)
            await Task.WhenAny(sixth, Task.Delay(ResolutionDelay, _time));
        else
            await sixth;
        var six = sixth.IsCompleted ? (await sixth).To(record => record.Address) : DnsAnswer<IPAddress>.Failed;
        IPAddress[] found = [.. Interleave([.. four.Records], [.. six.Records])];
        return found.Length > 0 ? new(DnsStatus.Found, found)
            : six.Status == DnsStatus.Failed ? six
            : four;
    }

    /// <summary>Asks, and goes on where an answer only names an alias.</summary>
    private async Task<DnsAnswer<T>> QueryAsync<T>(string name, QueryType type)
        where T : DnsResourceRecord
    {
        using var deadline = new CancellationTokenSource(_options.Timeout, _time);
        try
        {
            // Text that is no DNS name cannot be in the DNS.
            if (!IsName(name))
                return new(DnsStatus.NoDomain, []);
            for (var aliases = 0; aliases < MaxAliases; aliases++)
            {
                var response = await _client.Value.QueryAsync(name, type, QueryClass.IN, deadline.Token).WaitAsync(deadline.Token);
                if (response.Answers.OfType<T>().ToArray() is { Length: > 0 } found)
                    return new(DnsStatus.Found, found);
                var isEmpty = response.Header.ResponseCode == DnsHeaderResponseCode.NoError;
                if (isEmpty && Alias(name, response) is { } target)
                {
                    name = target;
                    continue;
                }
                var lasts = Lasts(response);
                return response.Header.ResponseCode == DnsHeaderResponseCode.NotExistentDomain ? new(DnsStatus.NoDomain, []) { Lasts = lasts }
                    : isEmpty ? new(DnsStatus.NoData, []) { Lasts = lasts }
                    : DnsAnswer<T>.Failed;
            }
            // Aliases that lead to themselves lead nowhere.
            return new(DnsStatus.NoData, []);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // An exception of the library over a broken or hostile answer means no answer.
            return DnsAnswer<T>.Failed;
        }
    }

    private static bool IsName(string name)
    {
        try
        {
            // The library reads A-labels too, and fails over those that are none.
            _ = new System.Globalization.IdnMapping().GetUnicode(name.TrimEnd('.'));
            return DnsString.Parse(name).Value.Length > 1;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Where the aliases of an answer end; null if it has none.</summary>
    private static string? Alias(string name, IDnsQueryResponse response)
    {
        var aliases = response.Answers.OfType<CNameRecord>().ToList();
        if (aliases.Count == 0)
            return null;
        var target = name.TrimEnd('.');
        foreach (var _ in aliases)
        {
            var next = aliases.Find(alias => alias.DomainName.Value.TrimEnd('.').Equals(target, StringComparison.OrdinalIgnoreCase));
            if (next is null)
                break;
            target = next.CanonicalName.Value.TrimEnd('.');
        }
        return target;
    }

    /// <summary>RFC 2308 §5: the lesser of the SOA's own time and its minimum; up to five minutes, as a mail system can ask again.</summary>
    private static TimeSpan Lasts(IDnsQueryResponse response)
    {
        var seconds = response.Authorities.OfType<SoaRecord>().Select(soa => Math.Min(soa.InitialTimeToLive, (long)soa.Minimum)).DefaultIfEmpty(30).Min();
        return TimeSpan.FromSeconds(Math.Clamp(seconds, 1, 300));
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

using System.Collections.Concurrent;

namespace Slimta.Chaos.Sick;

/// <summary>The sick destinations and their name server.</summary>
internal sealed class Ward(int sinkPort) : IAsyncDisposable
{
    private readonly SickDns _dns = new();
    private readonly SickHosts _hosts = new(sinkPort);

    /// <summary>When they were well again; null: not yet.</summary>
    public long? Healed { get; private set; }

    /// <summary>Sent by now.</summary>
    public int Messages { get; set; }

    /// <summary>By id: the tokens of messages whose record was damaged.</summary>
    public ConcurrentDictionary<string, string> Damaged { get; } = new();

    /// <summary>By token: what is wrong with a damaged one that is neither held with a reason nor delivered.</summary>
    public Dictionary<string, string> Unexplained { get; } = [];

    /// <summary>How relays find them.</summary>
    public Dictionary<string, string> Settings => new()
    {
        ["Relay:Mx:DnsServers:0"] = _dns.Address,
        ["Relay:Mx:Port"] = $"{_hosts.Port}",
        ["Relay:Mx:AllowPrivateAddresses"] = "true",
        ["Relay:Mx:Timeout"] = "00:00:02",
    };

    public void Heal()
    {
        Healed = Clock.Now;
        _dns.Heal();
        _hosts.Heal();
    }

    public async ValueTask DisposeAsync()
    {
        await _hosts.DisposeAsync();
        await _dns.DisposeAsync();
    }
}

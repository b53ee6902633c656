namespace Slimta.Relay.Routing;

/// <summary>An answer of the DNS.</summary>
internal sealed record DnsAnswer<T>(DnsStatus Status, IReadOnlyList<T> Records)
{
    /// <summary>No answer; half a minute later it is asked again (RFC 2308 §7 allows five).</summary>
    public static DnsAnswer<T> Failed { get; } = new(DnsStatus.Failed, []);

    /// <summary>How long to remember that there is nothing.</summary>
    public TimeSpan Lasts { get; init; } = TimeSpan.FromSeconds(30);

    public DnsAnswer<TOther> To<TOther>(Func<T, TOther> convert) => new(Status, [.. Records.Select(convert)]) { Lasts = Lasts };
}

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

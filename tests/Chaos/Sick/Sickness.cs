namespace Slimta.Chaos.Sick;

/// <summary>What is wrong with a destination while it is sick.</summary>
internal enum Sickness
{
    /// <summary>It accepts connections and never greets.</summary>
    Silent,

    /// <summary>It refuses connections.</summary>
    Closed,

    /// <summary>It lets SYN go unanswered: its backlog is full.</summary>
    Full,

    /// <summary>Its greeting comes an octet at a time.</summary>
    Drip,

    /// <summary>It greets and never answers EHLO.</summary>
    Deaf,

    /// <summary>It answers STARTTLS with 220 and then says nothing.</summary>
    Tls,

    /// <summary>Its name servers do not answer.</summary>
    Hang,

    /// <summary>Its name servers fail.</summary>
    Fail,
}

/// <summary>A destination: one domain, one mail server with an address that no other has.</summary>
internal readonly record struct SickDomain(Sickness Kind, int Number)
{
    public const string Suffix = ".sick.test";

    /// <summary>Of each kind.</summary>
    public const int Count = 12;

    public static IEnumerable<SickDomain> All =>
        from kind in Enum.GetValues<Sickness>() from number in Enumerable.Range(0, Count) select new SickDomain(kind, number);

    public string Name => $"{Kind.ToString().ToLowerInvariant()}{Number}{Suffix}";

    public byte[] Address => [127, 66, (byte)((int)Kind + 1), (byte)(Number + 1)];

    public static SickDomain? Find(string host)
    {
        var name = host.StartsWith("mx.", StringComparison.OrdinalIgnoreCase) ? host[3..] : host;
        foreach (var domain in All)
        {
            if (string.Equals(domain.Name, name, StringComparison.OrdinalIgnoreCase))
                return domain;
        }
        return null;
    }
}

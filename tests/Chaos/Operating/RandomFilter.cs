using System.Text.Json.Nodes;
using Slimta.Chaos.Sick;

namespace Slimta.Chaos.Operating;

/// <summary>Which messages an order is about: some conditions, chosen at random.</summary>
internal sealed record RandomFilter(string? State, string? Sender, string? Domain, string? Subject)
{
    private static readonly string[] States = ["due", "scheduled", "leased", "held"];
    private static readonly string[] Senders = ["@sender.test", "<>"];
    private static readonly string[] Domains = ["a.test", "b.test", "sender.test", "*.sick.test", .. SickDomain.All.Select(domain => domain.Name)];

    /// <param name="few">About one message in ninety.</param>
    /// <param name="states">Those in which the order means something.</param>
    public static RandomFilter Choose(Random random, bool few, IReadOnlyList<string>? states = null)
    {
        string? One(string[] from, int inHundred) => random.Next(100) < inHundred ? from[random.Next(from.Length)] : null;
        return new(One([.. states ?? States], 40), One(Senders, 20), random.Next(100) < 40 ? Domains[random.Next(Math.Min(Domains.Length, 12))] : null,
            few || random.Next(3) == 0 ? $"n{random.Next(10, 100)}" : null);
    }

    public bool IsEmpty => this is { State: null, Sender: null, Domain: null, Subject: null };

    public JsonObject ToJson() =>
        new(Fields.Select(field => KeyValuePair.Create<string, JsonNode?>(field.Name, field.Value)));

    public string ToQuery() => string.Concat(Fields.Select(field => $"&{field.Name}={Uri.EscapeDataString(field.Value)}"));

    /// <summary>As the audit writes it.</summary>
    public override string ToString() => IsEmpty ? "all messages" : string.Join(' ', Fields.Select(field => $"{field.Name}={field.Value}"));

    /// <summary>As far as can be told when it is over.</summary>
    public bool Matches(Ended ended) =>
        (Sender is null || (Sender == "<>" ? ended.Sender.Length == 0 : ended.Sender.EndsWith(Sender, StringComparison.Ordinal)))
        && (Subject is null || ended.Subject.Contains(Subject, StringComparison.OrdinalIgnoreCase))
        && (Domain is null || ended.Recipients.Any(recipient => IsOf(recipient.Address, Domain)));

    public static bool IsOf(string address, string domain) =>
        domain.StartsWith("*.", StringComparison.Ordinal) ? address.EndsWith(domain[1..], StringComparison.Ordinal) : address.EndsWith("@" + domain, StringComparison.Ordinal);

    private IEnumerable<(string Name, string Value)> Fields => new[]
    {
        ("state", State), ("sender", Sender), ("domain", Domain), ("subject", Subject),
    }.Where(pair => pair.Item2 is not null).Select(pair => (pair.Item1, pair.Item2!));
}

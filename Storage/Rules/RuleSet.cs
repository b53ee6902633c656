using Slimta.Domains;

namespace Slimta.Storage;

/// <summary>The rules in force, as last read. The set never changes: get a newer one to see changes.</summary>
public sealed class RuleSet
{
    private readonly Dictionary<string, List<QueueRule>> _byDomain = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<QueueRule>> _bySender = new(StringComparer.Ordinal);
    private readonly List<QueueRule> _forAll = [];
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    /// <param name="rules">The oldest first, each with its id; domains as A-labels in lower case, as <see cref="IQueueRules.AddAsync"/> returns them.</param>
    public RuleSet(IReadOnlyList<QueueRule> rules)
    {
        Rules = rules;
        foreach (var rule in rules)
        {
            _ids.Add(rule.Id);
            if (rule is { Action: RuleAction.Pause, IsForAll: true })
                QueuePause ??= rule;
            else if (rule.Domain is { } domain)
                Add(_byDomain, domain, rule);
            else if (rule.Sender is { } sender)
                Add(_bySender, sender, rule);
            else
                _forAll.Add(rule);
        }
    }

    public static RuleSet Empty { get; } = new([]);

    /// <summary>The rules, the oldest first.</summary>
    public IReadOnlyList<QueueRule> Rules { get; }

    /// <summary>The rule by which the whole queue is paused; null if it is not.</summary>
    public QueueRule? QueuePause { get; }

    /// <summary>No rule but a pause of the whole queue is in force: <see cref="Find"/> finds nothing.</summary>
    public bool IsEmpty => Rules.Count == 0 || (_byDomain.Count == 0 && _bySender.Count == 0 && _forAll.Count == 0);

    public bool Contains(string id) => _ids.Contains(id);

    /// <summary>The domain is paused, or a parent by "*.": for its mail from any sender.</summary>
    public QueueRule? PauseOf(string domain) => QueuePause ?? Best(ByDomain(domain).Where(rule => rule is { Action: RuleAction.Pause, Sender: null }));

    /// <summary>The rule for a recipient, <see cref="QueuePause"/> not counted; null if there is none.</summary>
    public QueueRule? Find(string sender, string recipient)
    {
        if (IsEmpty)
            return null;
        var (address, domain) = (QueueRule.SenderKey(sender), MessageFilter.DomainOf(recipient));
        var rules = ByDomain(domain).Where(rule => rule.Sender is null || IsSender(rule.Sender, address)).Concat(_forAll);
        if (_bySender.Count > 0)
            rules = rules.Concat(Of(_bySender, address)).Concat(address.Length > 0 ? Of(_bySender, "@" + MessageFilter.DomainOf(address)) : []);
        return Best(rules);
    }

    /// <summary>The rules that can match mail which a filter finds, by its sender and its recipients' domains alone.</summary>
    public IEnumerable<QueueRule> For(MessageFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        // Rules act on the recipients that wait: a filter that looks at others says nothing of their domains.
        List<string> domains = filter.RecipientState != RecipientState.Waiting ? []
            : [.. new[] { filter.Recipient is { } recipient ? MessageFilter.DomainOf(recipient) : null, filter.Domain is { } its ? DomainName.NormalizePattern(its) ?? MessageFilter.Normal(its) : null }.OfType<string>()];
        var sender = filter.Sender is { } from ? QueueRule.SenderKey(from) : null;
        return Rules.Where(rule => (domains.Count == 0 || rule.Domain is null || domains.Exists(domain => domain == rule.Domain || IsBelow(domain, rule.Domain) || IsBelow(rule.Domain, domain)))
            && (sender is null || rule.Sender is null || sender == rule.Sender || IsSender(rule.Sender, sender) || IsSender(sender, rule.Sender)));
    }

    /// <summary>"mx.example.com" and "*.mx.example.com" are below "*.example.com".</summary>
    private static bool IsBelow(string domain, string pattern) =>
        pattern.StartsWith("*.", StringComparison.Ordinal) && domain.EndsWith(pattern[1..], StringComparison.Ordinal);

    private IEnumerable<QueueRule> ByDomain(string domain)
    {
        if (_byDomain.Count == 0)
            return [];
        var rules = Of(_byDomain, domain);
        for (var dot = domain.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = domain.IndexOf('.', dot + 1))
            rules = rules.Concat(Of(_byDomain, "*" + domain[dot..]));
        return rules;
    }

    /// <summary>The rule with the strongest action; of equals the first.</summary>
    private static QueueRule? Best(IEnumerable<QueueRule> rules) => rules.MaxBy(rule => rule.Action);

    private static bool IsSender(string wanted, string sender) =>
        wanted == sender || (wanted.StartsWith('@') && sender.Length > 0 && sender.EndsWith(wanted, StringComparison.Ordinal));

    private static IEnumerable<QueueRule> Of(Dictionary<string, List<QueueRule>> rules, string key) => rules.TryGetValue(key, out var found) ? found : [];

    private static void Add(Dictionary<string, List<QueueRule>> rules, string key, QueueRule rule)
    {
        if (!rules.TryGetValue(key, out var known))
            rules[key] = known = [];
        known.Add(rule);
    }
}

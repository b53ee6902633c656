using Slimta.Domains;
using Slimta.Edge.Http;
using Slimta.Storage;

namespace Slimta.Edge.Operator;

/// <summary>A rule as an operator asks for it.</summary>
internal record PauseRequest
{
    private const int MostCharacters = 320;
    private const int MostReason = 1024;
    private const string Over = "The rule would be over already; its end must be in the future.";
    private static readonly TimeSpan Longest = TimeSpan.FromDays(36_500);

    /// <summary>example.com, or *.example.com for the names below it; left out, or *, for all.</summary>
    public string? Domain { get; init; }

    /// <summary>The reason, for those who find the rule.</summary>
    public string? Reason { get; init; }

    /// <summary>For how long: 90s, 30m, 2h, 7d. Without it and without <see cref="Until"/>, until it is removed.</summary>
    public string? For { get; init; }

    /// <summary>Until when, as 2026-12-24T08:00:00Z.</summary>
    public string? Until { get; init; }

    public QueueRule ToPause(string author, DateTimeOffset now, FieldErrors errors) => ToRule(RuleAction.Pause, null, author, now, errors);

    protected QueueRule ToRule(RuleAction action, string? sender, string author, DateTimeOffset now, FieldErrors errors)
    {
        if (string.IsNullOrWhiteSpace(Reason))
            errors.Add("reason", "Say why, for those who find it.");
        else if (Reason.Length > MostReason || Reason.Any(char.IsControl))
            errors.Add("reason", $"It must be one line of at most {MostReason} characters.");
        return new()
        {
            Action = action,
            Domain = DomainOf(Domain, errors),
            Sender = SenderOf(sender, errors),
            Author = author,
            Reason = Reason ?? "",
            Created = now,
            Expires = End(now, errors),
            Lasts = Span(errors),
        };
    }

    /// <summary>Null for all.</summary>
    public static string? DomainOf(string? domain, FieldErrors errors)
    {
        if (domain is null or "*")
            return null;
        var normal = domain.Length > MostCharacters ? null : DomainName.NormalizePattern(domain);
        if (normal is null)
            errors.Add("domain", $"'{FilterText.Shown(domain)}' is no domain; write example.com, or *.example.com for the names below it.");
        return normal;
    }

    private static string? SenderOf(string? sender, FieldErrors errors) => sender is null or "*" ? null : FilterText.Sender(sender, "sender", errors);

    private DateTimeOffset? End(DateTimeOffset now, FieldErrors errors)
    {
        if (Until is null)
            return null;
        if (For is not null)
            errors.Add("until", "Say for how long, or until when, not both.");
        else if (!OrderRequest.TryParseTime(Until, out var until))
            errors.Add("until", "It must be a time from 1970 to 2200, as 2026-12-24T08:00:00Z.");
        else if (until <= now)
            errors.Add("until", Over);
        else
            return until;
        return null;
    }

    /// <summary>The queue's clock counts: this process's clock may differ.</summary>
    private TimeSpan? Span(FieldErrors errors)
    {
        if (For is null || Until is not null)
            return null;
        if (FilterText.Age(For, "for", errors) is not { } span)
            return null;
        if (span <= TimeSpan.Zero)
            errors.Add("for", Over);
        else
            return span < Longest ? span : Longest;
        return null;
    }
}

/// <summary>A rule of any kind.</summary>
internal sealed record RuleRequest : PauseRequest
{
    public static readonly string Actions = string.Join(", ", Enum.GetNames<RuleAction>()).ToLowerInvariant();

    /// <summary>pause, hold or drop.</summary>
    public string? Action { get; init; }

    /// <summary>The whole address; @example.com for every sender of a domain; &lt;&gt; for bounces; left out, or *, for all.</summary>
    public string? Sender { get; init; }

    /// <summary>Confirms a rule that holds or drops all mail.</summary>
    public bool Confirm { get; init; }

    public QueueRule? Read(string author, DateTimeOffset now, FieldErrors errors)
    {
        RuleAction? action = Action switch { "pause" => RuleAction.Pause, "hold" => RuleAction.Hold, "drop" => RuleAction.Drop, _ => null };
        if (action is null)
            errors.Add("action", $"The actions are {Actions}.");
        var rule = ToRule(action ?? RuleAction.Pause, Sender, author, now, errors);
        if (rule is { IsForAll: true, Action: not RuleAction.Pause } && !Confirm && !errors.Any)
            errors.Add("confirm", $"The rule would {Action} all mail. Name a domain or a sender, or say \"confirm\": true if all mail is meant.");
        return rule;
    }
}

/// <summary>The pause to end.</summary>
internal sealed record ResumeRequest
{
    /// <summary>As the pause names it; left out, or *, for the whole queue.</summary>
    public string? Domain { get; init; }
}

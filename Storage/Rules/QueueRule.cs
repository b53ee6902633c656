using System.Globalization;
using Slimta.Domains;

namespace Slimta.Storage;

/// <summary>An operator's rule for mail from now on, and when it ends.</summary>
public sealed record QueueRule
{
    /// <summary>Assigned by the queue.</summary>
    public string Id { get; init; } = "";

    public required RuleAction Action { get; init; }

    /// <summary>The recipients' domain: "example.com", "*.example.com" for the names below it; null or "*" for all.</summary>
    public string? Domain { get; init; }

    /// <summary>The whole address; "@example.com" for every sender of a domain; "" for the null sender of bounces; null or "*" for all.</summary>
    public string? Sender { get; init; }

    /// <summary>Who set it.</summary>
    public required string Author { get; init; }

    /// <summary>The reason, for those who find the rule.</summary>
    public required string Reason { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>Null: until it is removed.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>For a new one, in place of <see cref="Expires"/>: how long it stands from when it is set, by the server's clock.</summary>
    public TimeSpan? Lasts { get; init; }

    /// <summary>It leaves no mail out.</summary>
    public bool IsForAll => Domain is null && Sender is null;

    /// <summary>The one form in which rules are kept and compared; null where the domain is none.</summary>
    internal QueueRule? Normalized()
    {
        var domain = Domain is null or "*" ? null : DomainName.NormalizePattern(Domain);
        if (domain is null && Domain is not (null or "*"))
            return null;
        var sender = Sender is null or "*" ? null : SenderKey(Sender);
        return sender is ['@', .. var its] && DomainName.Normalize(its) is null ? null : this with { Domain = domain, Sender = sender };
    }

    /// <summary>As senders are compared: the domain in A-labels, all in lower case.</summary>
    internal static string SenderKey(string sender) => sender.LastIndexOf('@') is var at and >= 0
        ? $"{sender[..at].ToLowerInvariant()}@{MessageFilter.DomainOf(sender)}"
        : sender.ToLowerInvariant();

    /// <summary>"mail to example.com from &lt;a@b.example&gt;".</summary>
    public string Matches
    {
        get
        {
            var from = Sender switch { null => "", "" => " from the null sender", ['@', ..] => $" from {Sender[1..]}", _ => $" from {Sender}" };
            return IsForAll ? "all mail" : $"mail{(Domain is null ? "" : $" to {Domain}")}{from}";
        }
    }

    /// <summary>Who, what, since when and why, in one sentence without its full stop.</summary>
    public override string ToString()
    {
        var what = Action switch { RuleAction.Pause => "paused", RuleAction.Hold => "held", _ => "dropped" };
        var until = Expires is { } end ? $" until {Time(end)}" : Lasts is { } span ? $" for {span:c}" : "";
        return $"{Matches} is {what} by {Author} since {Time(Created)}{until}, because: {Reason}";
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}

namespace Slimta.Chaos.Judging;

internal sealed class Verdict
{
    public required IReadOnlyList<Failure> Failures { get; init; }
    public required IReadOnlyList<Duplicate> Duplicates { get; init; }

    /// <summary>Of healthy mail, before there was mail for sick destinations.</summary>
    public required Delays Before { get; init; }

    /// <summary>Of healthy mail, while mail for sick destinations was in the queue.</summary>
    public required Delays BesideSick { get; init; }

    /// <summary>Recipients of whom the sender was told.</summary>
    public required int Bounced { get; init; }

    /// <summary>Lines of the audit.</summary>
    public required int Audited { get; init; }

    /// <summary>Messages that an operator or a rule ended, and those that an operator sent again.</summary>
    public required int Dropped { get; init; }
    public required int Resent { get; init; }
}

/// <summary>A promise that was broken.</summary>
/// <param name="Token">Of the message, or a key.</param>
internal sealed record Failure(string Kind, string Token, string What);

/// <summary>The same to the same recipient, once more.</summary>
internal sealed record Duplicate(string Token, string What, string Cause, bool IsExplained);

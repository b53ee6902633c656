using Slimta.Storage;

namespace Slimta.Relay.Bounces;

/// <summary>The contents of a report to a sender: the message, and the outcome for each recipient.</summary>
internal sealed record Report
{
    /// <summary>Characters of all diagnostics, and of each at least.</summary>
    private const int MostWords = 128 * 1024;
    private const int LeastWords = 80;

    public required QueuedMessage Message { get; init; }

    /// <summary>The results to report, each with its <see cref="RecipientResult.Told"/>.</summary>
    public required IReadOnlyList<RecipientResult> Recipients { get; init; }

    /// <summary>Name of the reporting host (RFC 3464 §2.2.2).</summary>
    public required string ReportingMta { get; init; }
    public required DateTimeOffset Time { get; init; }

    /// <summary>When the recipients were tried last.</summary>
    public required DateTimeOffset LastAttempt { get; init; }

    /// <summary>Characters of each diagnostic at most. By default the more recipients a report has, the less it says of each, so that it always fits.</summary>
    public int MaxDiagnostic { get => field > 0 ? field : Math.Max(LeastWords, MostWords / Math.Max(1, Recipients.Count)); init; }

    /// <summary>Recipients that the report leaves out.</summary>
    public int Unnamed { get; init; }

    /// <summary>For delays: until when delivery is tried.</summary>
    public DateTimeOffset? RetryUntil { get; init; }

    /// <summary>The remote server's words with its codes, or ours (RFC 3464 §2.3.6).</summary>
    public string Diagnostic(RecipientResult recipient)
    {
        var words = recipient.Words ?? "";
        if (recipient.Told == ReportAction.Expired)
            words = $"The time for delivery is over; the last attempt ended with: {words}";
        return words.Length <= MaxDiagnostic ? words : words[..(char.IsHighSurrogate(words[MaxDiagnostic - 1]) ? MaxDiagnostic - 1 : MaxDiagnostic)];
    }
}

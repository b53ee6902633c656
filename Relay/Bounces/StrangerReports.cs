using Slimta.Domains;

namespace Slimta.Relay.Bounces;

/// <summary>
/// Reports on mail from strangers. The sender of such mail may be forged (RFC 3834 §2), so a report to it is short, carries only the necessary,
/// and is one of a limited number.
/// </summary>
internal sealed class StrangerReports(BounceOptions options, TimeProvider time)
{
    /// <summary>Of the original, this much of its header.</summary>
    public const int MaxReturnedBytes = 4 * 1024;

    /// <summary>Recipients that one report names.</summary>
    public const int MaxRecipients = 20;

    /// <summary>Characters of what a server said.</summary>
    public const int MaxDiagnostic = 400;

    private const int MaxDomains = 10_000;

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _sent = new(StringComparer.OrdinalIgnoreCase);
    private long _hourStarted = time.GetTimestamp();

    /// <summary>Counts a report in; false if this hour's are used up, or went to too many domains.</summary>
    public bool TryTake(string sender)
    {
        // All spellings of a domain count as one: otherwise a stranger could choose new spellings and get any number of reports.
        var domain = DomainName.OfAddress(sender);
        lock (_gate)
        {
            if (time.GetElapsedTime(_hourStarted) >= Hour)
            {
                _hourStarted = time.GetTimestamp();
                _sent.Clear();
            }
            var sent = _sent.GetValueOrDefault(domain);
            if (sent >= options.ToStrangersPerHour || (sent == 0 && _sent.Count >= MaxDomains))
                return false;
            _sent[domain] = sent + 1;
            return true;
        }
    }

    /// <summary>The report as a stranger's sender gets it.</summary>
    public static Report Shorten(Report report) => report with
    {
        Recipients = [.. report.Recipients.Take(MaxRecipients)],
        MaxDiagnostic = Math.Min(report.MaxDiagnostic, MaxDiagnostic),
        Unnamed = Math.Max(0, report.Recipients.Count - MaxRecipients),
    };
}

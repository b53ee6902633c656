using Slimta.Chaos.Mail;
using Slimta.Chaos.Sick;

namespace Slimta.Chaos.Judging;

/// <summary>How long healthy mail took from its 250 to its last recipient.</summary>
internal sealed record Delays(int Messages, double Median, double P99, double Longest)
{
    /// <summary>Longer than this no healthy message may wait where nothing is done to the processes.</summary>
    public static readonly long Starved = Clock.Seconds(60);

    public static Delays Of(IEnumerable<long> microseconds)
    {
        var sorted = microseconds.Order().ToList();
        return sorted.Count == 0 ? new(0, 0, 0, 0)
            : new(sorted.Count, sorted[sorted.Count / 2] / 1000.0, sorted[Math.Min(sorted.Count - 1, sorted.Count * 99 / 100)] / 1000.0, sorted[^1] / 1000.0);
    }

    /// <summary>Nothing was wrong with any of its recipients.</summary>
    public static bool IsHealthy(Sent message) => message.Acknowledged is not null
        && message.Recipients.All(recipient => Trouble.Of(recipient) == Trouble.None && !IsSick(recipient));

    public static bool IsSick(string recipient) => recipient.EndsWith(SickDomain.Suffix, StringComparison.Ordinal);

    /// <returns>Null: some recipient has it not.</returns>
    public static long? Of(Sent message, IReadOnlyList<Arrival> arrivals)
    {
        long last = 0;
        foreach (var recipient in message.Accepted)
        {
            var first = arrivals.Where(arrival => !arrival.IsReport && arrival.Recipients.Contains(recipient)).Select(arrival => (long?)arrival.At).Min();
            if (first is null)
                return null;
            last = Math.Max(last, first.Value);
        }
        return Math.Max(0, last - message.Acknowledged!.Value);
    }

    public override string ToString() => Messages == 0 ? "none" : FormattableString.Invariant($"{Messages} messages, median {Median:F0} ms, p99 {P99:F0} ms, longest {Longest:F0} ms");
}

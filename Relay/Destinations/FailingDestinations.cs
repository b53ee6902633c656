using System.Collections.Concurrent;
using Slimta.Smtp;
using Slimta.Storage;

namespace Slimta.Relay.Destinations;

/// <summary>
/// Destinations where every delivery has failed temporarily since one succeeded: operators see them while mail waits for the next attempt, and
/// no lane does anything there.
/// </summary>
internal sealed class FailingDestinations(RelayOptions options, TimeProvider time)
{
    /// <summary>Those that failed last.</summary>
    private const int Most = 1000;
    private const int MostWords = 200;

    private readonly ConcurrentDictionary<string, Failure> _failures = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Mail that waits for a destination has been tried again by then, or there is none any more.</summary>
    private readonly TimeSpan _forgottenAfter = 2 * options.Retry.After(int.MaxValue);

    /// <summary>Those that have failed within the last waits.</summary>
    public IEnumerable<KeyValuePair<string, Failure>> All
    {
        get
        {
            var now = time.GetUtcNow();
            foreach (var failure in _failures)
            {
                if (now - failure.Value.Last > _forgottenAfter)
                    _failures.TryRemove(failure);
            }
            return _failures;
        }
    }

    public Failure? Find(string place) => _failures.GetValueOrDefault(place);

    /// <summary>Notes the end of a delivery. A final outcome for a recipient, good or bad, says that the destination works.</summary>
    public void Note(string place, IReadOnlyList<RecipientResult> results)
    {
        RecipientResult? refused = null;
        foreach (var result in results)
        {
            if (result.Outcome is DeliveryOutcome.Delivered or DeliveryOutcome.Permanent)
            {
                if (_failures.ContainsKey(place))
                    _failures.TryRemove(place, out _);
                return;
            }
            if (result.Outcome is DeliveryOutcome.Transient or DeliveryOutcome.Unknown)
                refused ??= result;
        }
        if (refused is null)
            return;
        var (now, words) = (time.GetUtcNow(), Printable.Text(refused.ToRecord().Reply ?? ""));
        if (words.Length > MostWords)
            words = words[..MostWords] + "…";
        if (_failures.Count >= Most && !_failures.ContainsKey(place) && _failures.MinBy(failure => failure.Value.Last) is { Key: { } oldest })
            _failures.TryRemove(oldest, out _);
        _failures.AddOrUpdate(place, static (_, last) => new(last.Now, last.Now, last.Words), static (_, known, last) => new(known.Since, last.Now, last.Words), (Now: now, Words: words));
    }

    /// <param name="Since">The first that has failed since one succeeded.</param>
    /// <param name="Problem">The error of the last one.</param>
    public sealed record Failure(DateTimeOffset Since, DateTimeOffset Last, string Problem);
}

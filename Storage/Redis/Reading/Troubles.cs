using System.Collections.Concurrent;

namespace Slimta.Storage.Redis;

/// <summary>The background work of this process that is not being done at the moment, and why: what health tells.</summary>
internal sealed class Troubles
{
    private readonly ConcurrentDictionary<string, Trouble> _all = new(StringComparer.Ordinal);

    /// <summary>What stops mail; null if nothing does.</summary>
    public string? Severe => _all.Values.FirstOrDefault(trouble => trouble.IsSevere)?.Problem;

    /// <summary>What only makes it slower.</summary>
    public IEnumerable<string> Slight => _all.Values.Where(trouble => !trouble.IsSevere).Select(trouble => trouble.Problem);

    public bool IsEmpty => _all.IsEmpty;

    /// <returns>True if it is news.</returns>
    public bool Begin(string task, string problem, bool severe = true)
    {
        var trouble = new Trouble(problem, severe);
        if (_all.TryGetValue(task, out var known) && known == trouble)
            return false;
        _all[task] = trouble;
        return true;
    }

    /// <returns>True if there was one.</returns>
    public bool End(string task) => !_all.IsEmpty && _all.TryRemove(task, out _);

    private sealed record Trouble(string Problem, bool IsSevere);
}

using System.Collections.Concurrent;

namespace Slimta.Storage.Redis;

/// <summary>The background work of this process that fails at the moment, and why; health reports it.</summary>
internal sealed class Troubles
{
    private readonly ConcurrentDictionary<string, Trouble> _all = new(StringComparer.Ordinal);

    /// <summary>The problem that stops mail; null if none does.</summary>
    public string? Severe => _all.Values.FirstOrDefault(trouble => trouble.IsSevere)?.Problem;

    /// <summary>The problems that only slow mail down.</summary>
    public IEnumerable<string> Slight => _all.Values.Where(trouble => !trouble.IsSevere).Select(trouble => trouble.Problem);

    public bool IsEmpty => _all.IsEmpty;

    /// <returns>True if the problem is new.</returns>
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

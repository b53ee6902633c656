namespace Slimta.Chaos.Load;

/// <summary>What is known of a key of a server that is killed: the last change that is on disk for sure, and those since, which may be there or not.</summary>
internal sealed class KnownKey(string name)
{
    private readonly List<Change> _since = [];
    private Change _last = new(0, IsRemoval: true);

    public string Name => name;

    /// <summary>Numbers rise.</summary>
    public void Changes(long number, bool isRemoval) => _since.Add(new(number, isRemoval));

    /// <summary>All changes so far are on disk.</summary>
    public void Commits()
    {
        if (_since.Count == 0)
            return;
        _last = _since[^1];
        _since.Clear();
    }

    /// <summary>Compares it with what is there; that is the truth from now on.</summary>
    /// <param name="number">Null: the key is not there.</param>
    /// <returns>What is wrong; null: nothing.</returns>
    public string? Finds(long? number)
    {
        var might = _since.Append(_last).ToList();
        var problem = might.Exists(change => number is null ? change.IsRemoval : !change.IsRemoval && change.Number == number)
            ? null
            : $"{(number is null ? "is not there" : $"has change {number}")}; on disk was {_last}, since then {(_since.Count == 0 ? "nothing" : string.Join(", ", _since))}";
        _last = number is { } there ? new(there, IsRemoval: false) : new(might.Max(change => change.Number), IsRemoval: true);
        _since.Clear();
        return problem;
    }

    private sealed record Change(long Number, bool IsRemoval)
    {
        public override string ToString() => IsRemoval ? $"removal {Number}" : $"change {Number}";
    }
}

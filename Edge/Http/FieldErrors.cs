namespace Slimta.Edge.Http;

/// <summary>What is wrong with a request, by field (RFC 9457 problem details with "errors"): the first few, for a person to read.</summary>
internal sealed class FieldErrors
{
    private const int Most = 20;

    private readonly Dictionary<string, List<string>> _errors = new(StringComparer.Ordinal);
    private int _count;

    public bool Any => _count > 0;

    /// <summary>No more errors would be reported, so they need not be looked for.</summary>
    public bool IsFull => _count >= Most;

    /// <summary>There are more recipients than a message may have.</summary>
    public bool TooMany { get; private set; }

    public void AddTooMany(string field, int most)
    {
        TooMany = true;
        Add(field, $"At most {most} recipients are allowed.");
    }

    public void Add(string field, string problem)
    {
        if (IsFull)
            return;
        _count++;
        if (!_errors.TryGetValue(field, out var problems))
            _errors[field] = problems = [];
        problems.Add(problem);
    }

    /// <summary>CR, LF and NUL would end a header field, or start another one.</summary>
    public bool IsClean(string field, string? value)
    {
        if (value is null || !value.AsSpan().ContainsAny('\r', '\n', '\0'))
            return true;
        Add(field, "CR, LF and NUL are not allowed.");
        return false;
    }

    public IResult ToResult() => Results.ValidationProblem(
        _errors.Select(error => KeyValuePair.Create(error.Key, error.Value.ToArray())),
        title: IsFull ? $"The request is not valid; these are the first {Most} reasons." : "The request is not valid.");
}

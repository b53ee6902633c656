using Microsoft.AspNetCore.Http;

namespace Slimta.Edge.Http;

/// <summary>What is wrong with a request, by field (RFC 9457 problem details with "errors").</summary>
internal sealed class FieldErrors
{
    private readonly Dictionary<string, string[]> _errors = new(StringComparer.Ordinal);

    public bool Any => _errors.Count > 0;

    public void Add(string field, string problem) =>
        _errors[field] = _errors.TryGetValue(field, out var before) ? [.. before, problem] : [problem];

    /// <summary>CR, LF and NUL would end a header field, or start another one.</summary>
    public bool IsClean(string field, string? value)
    {
        if (value is null || !value.AsSpan().ContainsAny('\r', '\n', '\0'))
            return true;
        Add(field, "CR, LF and NUL are not allowed.");
        return false;
    }

    public IResult ToResult() => Results.ValidationProblem(_errors, title: "The request is not valid.");
}

namespace Slimta.Edge.Operator;

/// <summary>A field of an order that cannot be what it is.</summary>
internal sealed class BadOrderException(string field, string problem) : Exception(problem)
{
    public string Field { get; } = field;
}

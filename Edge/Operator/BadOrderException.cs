namespace Slimta.Edge.Operator;

/// <summary>A field of an order has a value that is not allowed.</summary>
internal sealed class BadOrderException(string field, string problem) : Exception(problem)
{
    public string Field { get; } = field;
}

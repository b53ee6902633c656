using Slimta.Storage;

namespace Slimta.Edge.Operator;

/// <summary>An order on all that match.</summary>
internal record JobRequest : OrderRequest
{
    public string? Action { get; init; }
    public OperatorFilter? Filter { get; init; }

    /// <summary>Confirms a filter that matches every message.</summary>
    public bool All { get; init; }

    /// <exception cref="BadOrderException"/>
    public OperatorOrder ToOrder() => ToOrder(Action ?? "");
}

/// <summary>How many messages an order would change: the same request, a page at a time.</summary>
internal sealed record CountRequest : JobRequest
{
    private const string AnyWords = "counted";
    private const string AnyTime = "2200-01-01T00:00:00Z";

    public string? Cursor { get; init; }

    /// <summary>The order to count with: its texts and time make no difference to the count.</summary>
    public OperatorOrder ToCount() => (this with { Reason = Reason ?? AnyWords, Text = Text ?? AnyWords, At = At ?? AnyTime }).ToOrder();
}

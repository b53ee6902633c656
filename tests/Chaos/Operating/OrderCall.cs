using System.Text.Json.Nodes;

namespace Slimta.Chaos.Operating;

/// <summary>What an operator wants. Its number stands in its reason or text, so that what it did is found again.</summary>
/// <param name="Action">As the API names it; also: sets and removes (a rule), cancels (a job), resend, retry-all.</param>
/// <param name="Target">An id, or the filter as the audit names it.</param>
/// <param name="Matches">Null: <paramref name="Target"/> is the only message that it is about.</param>
internal sealed record Order(int Number, string By, string Action, string Target, Func<Ended, string, bool>? Matches = null)
{
    public string Text => $"order {Number}";

    /// <summary>Of a route: its name; "" for the relay's own choice.</summary>
    public string Via { get; init; } = "";

    /// <summary>It may be what ended this message for this recipient.</summary>
    public bool Means(Ended ended, string recipient) => Matches?.Invoke(ended, recipient) ?? ended.Id == Target;

    /// <summary>In the audit's line; the others have no text.</summary>
    public string Words => Action is "hold" or "bounce" or "drop" or "sets" or "removes" ? Text : Via;
}

/// <summary>A request of an order; one on all that match starts a job.</summary>
/// <param name="Until">When the answer came, or when it was clear that none comes.</param>
/// <param name="Edge">The actor that was asked.</param>
/// <param name="Status">0: there was no answer.</param>
internal sealed record OrderCall(Order Order, long At, long Until, string Edge, int Status, JsonNode? Answer)
{
    public bool Succeeded => Status is >= 200 and < 300;

    /// <summary>It may have been done.</summary>
    public bool IsUnknown => Status is 0 or 503;

    /// <summary>Of retry-all.</summary>
    public int? Done => (int?)Answer?["retried"];

    public string? NewId => (string?)Answer?["newId"];

    /// <summary>What the audit must have written for it, as <see cref="Judging.AuditLine"/> reads it.</summary>
    public string Counts => Order.Action switch { "retry-all" => $"{Done}", "resend" => $"{NewId}", _ => "" };
}

/// <summary>A job as it ended.</summary>
/// <param name="Text">The order's, where it has any.</param>
/// <param name="Counts">How many it changed, left alone, and could not change.</param>
internal sealed record Job(string Id, string State, string Text, int Done, string Counts)
{
    /// <summary>It was seen, and the queue knows it no more: it was in the server's memory when that died, and not yet on its disk.</summary>
    public const string Gone = "gone";
}

/// <summary>What the history says of a message.</summary>
internal sealed record Ended
{
    public required string Id { get; init; }
    public required string Outcome { get; init; }
    public string Sender { get; init; } = "";
    public string Subject { get; init; } = "";
    public string? ResentFrom { get; init; }
    public string? By { get; init; }
    public string? Reason { get; init; }
    public string? Problem { get; init; }
    public required IReadOnlyList<EndedRecipient> Recipients { get; init; }

    /// <summary>The sender's; a report has that of the message it is about.</summary>
    public string Token => Sender.Length > 0 ? Subject.Split(' ')[^1] : Recipients.Count > 0 ? Recipients[0].Address.Split('.', '@')[1] : "";
}

/// <param name="Words">The last that was said for it.</param>
internal sealed record EndedRecipient(string Address, string Outcome, string Words);

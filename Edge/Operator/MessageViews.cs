using Slimta.Smtp;
using Slimta.Storage;

namespace Slimta.Edge.Operator;

internal sealed record MessageList(IReadOnlyList<MessageLine> Messages, string? Cursor);

/// <summary>A message in a list.</summary>
/// <param name="Due">When it is due, for one that is due or scheduled.</param>
/// <param name="LeaseUntil">When the lease runs out unless it is renewed, for one that is being delivered by <paramref name="Relay"/>.</param>
/// <param name="Recipients">The first ten that still wait, after those that are completed and that the filter names.</param>
/// <param name="Waiting">How many still wait.</param>
/// <param name="LastReply">In a list: the last attempt's reply for the first of them that has one, shortened.</param>
/// <param name="ResentFrom">The ended message that an operator sent again as this one.</param>
internal sealed record MessageLine(
    string Id, string State, DateTimeOffset? Due, DateTimeOffset? LeaseUntil, string? Relay, DateTimeOffset? HeldSince, string? HoldReason, string? BounceText,
    string? Sender, IReadOnlyList<string>? Recipients, int? Waiting, int? Attempts, string? LastReply, long? Size, DateTimeOffset? Received, string? Problem,
    string? Subject, string? MessageId, string? ResentFrom)
{
    public const int Named = 10;
    private const int MostReply = 160;

    /// <summary>In a list, for one that was not tried yet: the error of the last delivery to its destination.</summary>
    public string? DestinationError { get; init; }

    /// <summary>In a list: the rule by which it is paused; where only some of its recipients that wait are, none.</summary>
    public RuleView? Paused { get; init; }

    /// <summary>In a list, of the recipients that the filter names: those that are completed.</summary>
    public IReadOnlyList<string>? Completed { get; init; }

    /// <summary>Who ordered the bounce of <see cref="BounceText"/>.</summary>
    public string? BouncedBy { get; init; }

    /// <summary>The route by which an operator ordered it to be sent.</summary>
    public string? Route { get; init; }

    public static MessageLine Of(QueueListing listing)
    {
        DateTimeOffset? When(bool wanted) => wanted ? listing.Timestamp : null;
        var message = listing.Message;
        return new(listing.Id, Word(listing.State), When(listing.State is MessageState.Due or MessageState.Scheduled), When(listing.State == MessageState.Leased),
            listing.LeaseOwner, When(listing.State == MessageState.Held), listing.HoldReason, message?.BounceText, message?.Sender,
            message?.Pending.Take(Named).Select(r => r.Address).ToList(), message?.Pending.Count(), message?.Attempts, Shorter(message?.LastErrors), message?.Size, message?.Received,
            listing.Problem, message?.Subject, message?.MessageId, message?.ResentFrom)
        { Route = message?.Route, BouncedBy = message?.BouncedBy };
    }

    /// <summary>In a list: with the completed recipients that the filter names.</summary>
    public static MessageLine Of(QueueListing listing, MessageFilter filter)
    {
        var line = Of(listing);
        if (filter.RecipientState == RecipientState.Waiting || listing.Message is not { } message)
            return line;
        List<string> completed = [.. filter.RecipientsOf(message).Where(r => message.Completed.Contains(r.Index)).Take(Named).Select(r => r.Address)];
        return completed.Count == 0 ? line : line with { Completed = completed, Recipients = [.. completed, .. line.Recipients ?? []] };
    }

    private static string? Shorter(IReadOnlyList<string>? replies) => replies is not [var reply, ..] ? null
        : Printable.Text(reply.ReplaceLineEndings(" ").Trim()) is var line && line.Length > MostReply ? line[..MostReply] + "…" : line;

    public static string Word(MessageState state) => state.ToString().ToLowerInvariant();
}

/// <summary>One message in full, without its content.</summary>
internal sealed record MessageView(
    MessageLine Message, ClientView? Client, string? Receiver, string? TraceId, IReadOnlyList<RecipientView>? Recipients, IReadOnlyList<AttemptView> Attempts)
{
    public static MessageView Of(MessageDetails details)
    {
        var message = details.Listing.Message;
        return new(MessageLine.Of(details.Listing), message is null ? null : ClientView.Of(message.Client), message?.Receiver, message?.TraceId,
            message?.Recipients.Select(r => RecipientView.Of(r, message, details.Attempts)).ToList(),
            [.. details.Attempts.Select(attempt => AttemptView.Of(attempt, message))]);
    }
}

/// <summary>Who handed it in.</summary>
internal sealed record ClientView(string? Ip, string? Host, string? HeloName, string Protocol, string? AuthenticatedAs)
{
    public static ClientView Of(ClientInfo client) => new(client.Ip, client.Host, client.HeloName, client.Protocol, client.AuthenticatedAs);
}

/// <param name="Done">It needs no further attempt: delivered, or failed permanently.</param>
/// <param name="Outcome">Which of these, where an attempt tells.</param>
internal sealed record RecipientView(int Index, string Address, bool Done, string? Outcome)
{
    public static RecipientView Of(Recipient recipient, MessageMetadata message, IReadOnlyList<AttemptRecord> attempts)
    {
        var done = message.Completed.Contains(recipient.Index);
        return new(recipient.Index, recipient.Address, done, done && WhyNot.LastOf(attempts, recipient.Index) is { } last ? OutcomeView.Word(last.Outcome.Outcome) : null);
    }
}

/// <param name="Route">The route that an operator had ordered.</param>
/// <param name="Reports">The ids of the reports to the sender that were written in the same step.</param>
internal sealed record AttemptView(
    DateTimeOffset Started, double Seconds, string Relay, string? TraceId, string? Route, IReadOnlyList<string>? Reports, IReadOnlyList<OutcomeView> Outcomes)
{
    public static AttemptView Of(AttemptRecord attempt, MessageMetadata? message) => new(
        attempt.Started, attempt.Duration.TotalSeconds, attempt.Worker, attempt.TraceId, attempt.Route, attempt.NewIds.Count == 0 ? null : attempt.NewIds,
        [.. attempt.Recipients.Select(r => new OutcomeView(
            message is not null && r.Index >= 0 && r.Index < message.Recipients.Count ? message.Recipients[r.Index].Address : null,
            r.Index, OutcomeView.Word(r.Outcome), r.Reply, r.Host, r.Address, r.Tls))]);
}

internal sealed record OutcomeView(string? Recipient, int Index, string Outcome, string? Reply, string? Host, string? Address, string? Tls)
{
    public static string Word(DeliveryOutcome outcome) => char.ToLowerInvariant($"{outcome}"[0]) + $"{outcome}"[1..];
}

internal sealed record WhyView(string Id, string State, IReadOnlyList<RecipientWhy> Recipients);

/// <param name="Recipient">Null if the message cannot be read.</param>
internal sealed record RecipientWhy(string? Recipient, string Why);

/// <param name="TraceUrl">Where a trace is shown, with {traceId} in it; null if no setting says so.</param>
internal sealed record PageView(string Version, string? TraceUrl);

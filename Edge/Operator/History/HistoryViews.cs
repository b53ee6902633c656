using System.Text.Json.Serialization;
using Slimta.Storage;

namespace Slimta.Edge.Operator;

internal sealed record EndedList(IReadOnlyList<EndedLine> Messages, string? Cursor);

/// <summary>An ended message in a list.</summary>
/// <param name="Recipients">The first ten; those that the filter names come first.</param>
/// <param name="RecipientCount">How many there were.</param>
/// <param name="Failed">How many of them failed permanently.</param>
/// <param name="Reply">The words that it ended with: of the first recipient that failed, else of the first; of those that the filter names, if it names some.</param>
/// <param name="By">Who ordered the end, and why.</param>
/// <param name="ContentKept">It can be sent again.</param>
internal sealed record EndedLine(
    string Id, string Outcome, DateTimeOffset Ended, DateTimeOffset? Received, string? Sender, IReadOnlyList<string>? Recipients, int? RecipientCount, int? Failed,
    string? Reply, int? Attempts, long? Size, string? By, string? Reason, bool ContentKept, string? ResentFrom, string? Problem,
    string? Subject, string? MessageId)
{
    private const int Named = 10;

    public static EndedLine Of(EndedMessage ended, HistoryFilter? filter = null)
    {
        List<EndedRecipient> named = filter is null ? [] : [.. filter.RecipientsOf(ended)];
        var (message, all) = (ended.Message, named.Count == 0 ? ended.Recipients : [.. named, .. ended.Recipients.Except(named)]);
        var telling = (named.Count == 0 ? all : named).FirstOrDefault(r => r.Outcome == EndOutcome.Bounced) ?? (all.Count > 0 ? all[0] : null);
        return new(ended.Id, Word(ended.Outcome), ended.Ended, message?.Received, message?.Sender,
            message is null ? null : [.. all.Take(Named).Select(r => r.Recipient.Address)], message is null ? null : all.Count,
            message is null ? null : all.Count(r => r.Outcome == EndOutcome.Bounced),
            telling?.Last?.Reply, message?.Attempts, message?.Size, ended.By, ended.Reason ?? (ended.By is null ? null : telling?.Last?.Reply), ended.ContentKept, message?.ResentFrom, ended.Problem,
            message?.Subject, message?.MessageId);
    }

    public static string Word(EndOutcome outcome) => outcome.ToString().ToLowerInvariant();
}

/// <summary>An ended message in full.</summary>
internal sealed record EndedView(
    EndedLine Message, ClientView? Client, string? Receiver, string? TraceId, IReadOnlyList<EndedRecipientView> Recipients, IReadOnlyList<AttemptView> Attempts)
{
    public static EndedView Of(EndedMessage ended) => new(EndedLine.Of(ended), ended.Message is { } message ? ClientView.Of(message.Client) : null,
        ended.Message?.Receiver, ended.Message?.TraceId,
        [.. ended.Recipients.Select(r => new EndedRecipientView(r.Recipient.Address, EndedLine.Word(r.Outcome), r.Last?.Reply, r.Last?.Host, r.Last?.Address, r.Last?.Tls))],
        [.. ended.Attempts.Select(attempt => AttemptView.Of(attempt, ended.Message))]);
}

/// <param name="Reply">The last words that came for this recipient, with the server that said them.</param>
internal sealed record EndedRecipientView(string Recipient, string Outcome, string? Reply, string? Host, string? Address, string? Tls);

/// <param name="Recipients">Only these of its recipients; left out, all that failed.</param>
internal sealed record ResendRequest(IReadOnlyList<string>? Recipients = null);

/// <param name="NewId">The message that was written.</param>
/// <param name="Replayed">True where the same order had written it before: nothing was added.</param>
internal sealed record Resent(string Id, string NewId, bool? Replayed);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(EndedList))]
[JsonSerializable(typeof(EndedView))]
[JsonSerializable(typeof(ResendRequest))]
[JsonSerializable(typeof(Resent))]
internal sealed partial class HistoryJson : JsonSerializerContext;

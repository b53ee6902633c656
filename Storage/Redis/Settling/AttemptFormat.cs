using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Slimta.Storage.Redis;

/// <summary>
/// An attempt record as it stands in Redis: JSON, in which recipients that fared alike share one entry and a reply that many got stands
/// once. A record that is too large loses replies first, then hosts; never a recipient's outcome.
/// </summary>
internal sealed record StoredAttempt
{
    public required DateTimeOffset Started { get; init; }
    public required TimeSpan Duration { get; init; }
    public required string Worker { get; init; }
    public string? TraceId { get; init; }
    public string? Route { get; init; }
    public IReadOnlyList<string>? NewIds { get; init; }
    public IReadOnlyList<string>? Replies { get; init; }
    public IReadOnlyList<StoredOutcome>? Outcomes { get; init; }

    /// <summary>As earlier versions wrote it.</summary>
    public IReadOnlyList<RecipientOutcome>? Recipients { get; init; }
}

/// <param name="Recipients">Indexes: "0-4,7".</param>
internal sealed record StoredOutcome(DeliveryOutcome Outcome, string Recipients)
{
    /// <summary>The place in <see cref="StoredAttempt.Replies"/>.</summary>
    public int? Reply { get; init; }
    public string? Host { get; init; }
    public string? Address { get; init; }
    public string? Tls { get; init; }
}

internal static class AttemptFormat
{
    public const int MostBytes = 64 * 1024;

    /// <summary>The most outcomes that a record's ranges, which may be damaged, can expand to.</summary>
    private const int MostRecipients = 1_000_000;

    /// <summary>Characters of each reply that are kept, from what is wanted down to none.</summary>
    private static readonly int[] ReplyLengths = [1024, 256, 64, 0];

    public static byte[] Write(AttemptRecord record)
    {
        byte[] json = [];
        foreach (var length in ReplyLengths)
        {
            json = Write(record, length, places: true);
            if (json.Length <= MostBytes)
                return json;
        }
        return Write(record, 0, places: false);
    }

    /// <exception cref="JsonException"/>
    public static AttemptRecord Read(byte[] json)
    {
        var stored = JsonSerializer.Deserialize(json, StoredJson.Default.StoredAttempt) ?? throw new JsonException("It is null.");
        return new AttemptRecord
        {
            Started = stored.Started,
            Duration = stored.Duration,
            Worker = stored.Worker ?? throw new JsonException("'worker' is null."),
            TraceId = stored.TraceId,
            Route = stored.Route,
            NewIds = [.. (stored.NewIds ?? []).OfType<string>()],
            Recipients = RecipientsOf(stored),
        };
    }

    private static List<RecipientOutcome> RecipientsOf(StoredAttempt stored)
    {
        var recipients = new List<RecipientOutcome>();
        foreach (var recipient in stored.Recipients ?? (stored.Outcomes ?? []).SelectMany(outcome => Expand(outcome, stored.Replies ?? [])))
        {
            if (recipient is null || !Enum.IsDefined(recipient.Outcome))
                throw new JsonException("An outcome is null, or there is none of its number.");
            if (recipients.Count == MostRecipients)
                throw new JsonException($"It has more than {MostRecipients} outcomes.");
            recipients.Add(recipient);
        }
        recipients.Sort((a, b) => a.Index.CompareTo(b.Index));
        return recipients;
    }

    private static byte[] Write(AttemptRecord record, int replyLength, bool places)
    {
        var replies = new List<string>();
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        var outcomes = record.Recipients
            .GroupBy(r => new StoredOutcome(r.Outcome, "")
            {
                Reply = ReplyOf(r.Reply),
                Host = places ? r.Host : null,
                Address = places ? r.Address : null,
                Tls = places ? r.Tls : null,
            })
            .Select(group => group.Key with { Recipients = Ranges(group.Select(r => r.Index)) })
            .ToList();
        return JsonSerializer.SerializeToUtf8Bytes(new StoredAttempt
        {
            Started = record.Started,
            Duration = record.Duration,
            Worker = record.Worker,
            TraceId = record.TraceId,
            Route = record.Route,
            NewIds = record.NewIds.Count == 0 ? null : record.NewIds,
            Replies = replies.Count == 0 ? null : replies,
            Outcomes = outcomes.Count == 0 ? null : outcomes,
        }, StoredJson.Default.StoredAttempt);

        int? ReplyOf(string? reply)
        {
            if (reply is null || replyLength == 0)
                return null;
            var kept = Cut(reply, replyLength);
            if (known.TryGetValue(kept, out var place))
                return place;
            replies.Add(kept);
            return known[kept] = replies.Count - 1;
        }
    }

    /// <summary>Not between the halves of a character.</summary>
    private static string Cut(string text, int length) =>
        text.Length <= length ? text : string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[length - 1]) ? length - 1 : length), "…");

    private static string Ranges(IEnumerable<int> indexes)
    {
        var text = new StringBuilder();
        int? first = null, last = null;
        foreach (var index in indexes.Order())
        {
            if (index == last + 1)
            {
                last = index;
                continue;
            }
            End();
            first = last = index;
        }
        End();
        return text.ToString();

        void End()
        {
            if (first is null)
                return;
            text.Append(text.Length == 0 ? "" : ",").Append(CultureInfo.InvariantCulture, $"{first}");
            if (last > first)
                text.Append(CultureInfo.InvariantCulture, $"-{last}");
        }
    }

    private static IEnumerable<RecipientOutcome> Expand(StoredOutcome? outcome, IReadOnlyList<string> replies)
    {
        foreach (var range in (outcome ?? throw new JsonException("An outcome is null.")).Recipients?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [])
        {
            var ends = range.Split('-');
            if (!int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
                || !int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last) || last - first >= MostRecipients)
                throw new JsonException($"'recipients' has '{range}'.");
            // Counted from its first: the last index that there can be has none after it.
            for (var i = 0; i <= last - first; i++)
            {
                yield return new RecipientOutcome(first + i, outcome.Outcome)
                {
                    Reply = outcome.Reply is { } place && place >= 0 && place < replies.Count ? replies[place] : null,
                    Host = outcome.Host,
                    Address = outcome.Address,
                    Tls = outcome.Tls,
                };
            }
        }
    }
}

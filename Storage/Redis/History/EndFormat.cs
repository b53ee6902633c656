using System.Collections.Frozen;
using System.Text;
using System.Text.Json;

namespace Slimta.Storage.Redis;

/// <summary>The first line of a record that history.lua writes.</summary>
internal sealed record StoredEnd
{
    public required int V { get; init; }

    /// <summary>Bytes of content kept with it.</summary>
    public long Kept { get; init; }
    public required string Outcome { get; init; }

    /// <summary>Microseconds since 1970.</summary>
    public required long Ended { get; init; }
    public int Attempts { get; init; }

    /// <summary>Recipient indexes that were done with before the end: "0,2".</summary>
    public string Delivered { get; init; } = "";

    /// <summary>Recipient indexes that failed permanently, then or before.</summary>
    public string Failed { get; init; } = "";
    public StoredNote? Note { get; init; }
}

internal sealed record StoredNote(string? By, string? Reason);

/// <summary>An ended message as it stands in Redis: a line of <see cref="StoredEnd"/>, its metadata, and a line for each attempt.</summary>
internal static class EndFormat
{
    private const int MostNote = 1024;

    public static byte[] Note(string? by, string? reason) => by is null && reason is null ? []
        : JsonSerializer.SerializeToUtf8Bytes(new StoredNote(Cut(by), Cut(reason)), StoredJson.Default.StoredNote);

    /// <summary>Names the part that cannot be read, and keeps the rest.</summary>
    public static EndedMessage Read(string id, DateTimeOffset ended, byte[] record)
    {
        try
        {
            var lines = Encoding.UTF8.GetString(record).Split('\n');
            var head = JsonSerializer.Deserialize(lines[0], StoredJson.Default.StoredEnd) ?? throw new JsonException("It is null.");
            if (!Enum.TryParse<EndOutcome>(head.Outcome, ignoreCase: true, out var outcome) || lines.Length < 2)
                throw new JsonException($"Its outcome is '{head.Outcome}', and it has {lines.Length} lines.");
            var read = new EndedMessage(id, Microseconds.ToTime(head.Ended), outcome)
            {
                By = head.Note?.By,
                Reason = head.Note?.Reason,
                ContentKept = head.Kept > 0,
            };
            var attempts = AttemptsOf(lines[2..], out var damaged);
            return WithMessage(read with { Attempts = attempts, Problem = damaged }, head, lines[1]);
        }
        catch (JsonException damaged)
        {
            return new(id, ended, EndOutcome.Delivered) { Problem = $"Its history cannot be read: {damaged.Message}" };
        }
    }

    /// <exception cref="QueueFormatException"/>
    public static StoredEnvelope ReadEnvelope(string id, byte[] record)
    {
        var lines = Encoding.UTF8.GetString(record).Split('\n', 3);
        return EnvelopeFormat.Read(id, Encoding.UTF8.GetBytes(lines.ElementAtOrDefault(1) ?? ""));
    }

    private static EndedMessage WithMessage(EndedMessage read, StoredEnd head, string metadata)
    {
        try
        {
            var stored = EnvelopeFormat.Read(read.Id, Encoding.UTF8.GetBytes(metadata));
            var (before, failed) = (IndexesOf(head.Delivered), IndexesOf(head.Failed));
            var message = MessageReader.MetadataOf(stored, before, head.Attempts);
            return read with
            {
                Message = message,
                Recipients = [.. message.Recipients.Select(r => Recipient(r, LastOf(read.Attempts, r.Index), read, head, before, failed))],
            };
        }
        catch (QueueFormatException unreadable)
        {
            return read with { Problem = unreadable.Message };
        }
    }

    /// <summary>Of a message that an operator or its age ended, those that still waited ended with it; a relay is done with all.</summary>
    private static EndedRecipient Recipient(
        Recipient recipient, RecipientOutcome? last, EndedMessage read, StoredEnd head, FrozenSet<int> before, FrozenSet<int> failed) =>
        new(recipient, failed.Contains(recipient.Index) ? EndOutcome.Bounced
        : last?.Outcome == DeliveryOutcome.Dropped ? EndOutcome.Dropped
        : before.Contains(recipient.Index) ? EndOutcome.Delivered
        : read.Outcome == EndOutcome.Dropped || head.Note is not null ? read.Outcome
        : EndOutcome.Delivered, last);

    private static RecipientOutcome? LastOf(IReadOnlyList<AttemptRecord> attempts, int index) =>
        attempts.Reverse().SelectMany(attempt => attempt.Recipients).FirstOrDefault(outcome => outcome.Index == index);

    private static List<AttemptRecord> AttemptsOf(string[] lines, out string? problem)
    {
        problem = null;
        var attempts = new List<AttemptRecord>(lines.Length);
        foreach (var line in lines)
        {
            try
            {
                attempts.Add(AttemptFormat.Read(Encoding.UTF8.GetBytes(line)));
            }
            catch (JsonException damaged)
            {
                problem = $"An attempt record cannot be read: {damaged.Message}";
            }
        }
        return attempts;
    }

    private static FrozenSet<int> IndexesOf(string? list) =>
        (list ?? "").Split(',').Select(text => int.TryParse(text, out var index) ? index : -1).Where(index => index >= 0).ToFrozenSet();

    private static string? Cut(string? text) => text?.Length > MostNote ? text[..MostNote] : text;
}

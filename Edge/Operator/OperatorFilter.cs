using System.Globalization;
using Slimta.Edge.Http;
using Slimta.Storage;

namespace Slimta.Edge.Operator;

/// <summary>A filter as a query or a request's JSON has it.</summary>
internal sealed record OperatorFilter
{
    public const string Names = "state, sender, recipient, domain, recipientState, id, olderThan, youngerThan, subject, messageId, lastError";

    private static readonly string States = string.Join(", ", Enum.GetNames<MessageState>()).ToLowerInvariant();
    private static readonly string RecipientStates = string.Join(", ", Enum.GetNames<RecipientState>()).ToLowerInvariant();

    public string? State { get; init; }
    public string? Sender { get; init; }
    public string? Recipient { get; init; }
    public string? Domain { get; init; }

    /// <summary>Which recipients <see cref="Recipient"/> and <see cref="Domain"/> look at: waiting, the default, completed, or any.</summary>
    public string? RecipientState { get; init; }
    public string? Id { get; init; }
    public string? OlderThan { get; init; }
    public string? YoungerThan { get; init; }
    public string? Subject { get; init; }
    public string? MessageId { get; init; }
    public string? LastError { get; init; }

    /// <summary>A misspelled name would silently match every message.</summary>
    public static OperatorFilter Of(IQueryCollection query, FieldErrors errors, params string[] others)
    {
        CheckNames(query, errors, [.. Names.Split(", "), .. others]);
        string? Get(string name) => query.TryGetValue(name, out var value) ? value.ToString() : null;
        return new()
        {
            State = Get("state"),
            Sender = Get("sender"),
            Recipient = Get("recipient"),
            Domain = Get("domain"),
            RecipientState = Get("recipientState"),
            Id = Get("id"),
            OlderThan = Get("olderThan"),
            YoungerThan = Get("youngerThan"),
            Subject = Get("subject"),
            MessageId = Get("messageId"),
            LastError = Get("lastError"),
        };
    }

    public static OperatorFilter Of(MessageFilter filter) => new()
    {
        State = filter.State?.ToString().ToLowerInvariant(),
        Sender = filter.Sender,
        Recipient = filter.Recipient,
        Domain = filter.Domain,
        RecipientState = filter.RecipientState == default ? null : filter.RecipientState.ToString().ToLowerInvariant(),
        Id = filter.Id,
        OlderThan = AgeText(filter.OlderThan),
        YoungerThan = AgeText(filter.YoungerThan),
        Subject = filter.Subject,
        MessageId = filter.MessageId,
        LastError = filter.LastError,
    };

    internal static void CheckNames(IQueryCollection query, FieldErrors errors, string[] known)
    {
        foreach (var (name, values) in query)
        {
            if (!known.Contains(name, StringComparer.OrdinalIgnoreCase))
                errors.Add(FilterText.Shown(name), $"Not known here; the parameters are {string.Join(", ", known)}.");
            else if (values.Count > 1)
                errors.Add(name, "Give it once.");
        }
    }

    public MessageFilter Read(FieldErrors errors, string prefix = "")
    {
        var filter = new MessageFilter
        {
            State = StateOf(errors, prefix),
            Sender = FilterText.Sender(Sender, $"{prefix}sender", errors),
            Recipient = FilterText.Recipient(Recipient, $"{prefix}recipient", errors),
            Domain = FilterText.Domain(Domain, $"{prefix}domain", errors),
            RecipientState = RecipientStateOf(errors, prefix),
            Id = FilterText.Id(Id, $"{prefix}id", errors),
            OlderThan = FilterText.Age(OlderThan, $"{prefix}olderThan", errors),
            YoungerThan = FilterText.Age(YoungerThan, $"{prefix}youngerThan", errors),
            Subject = FilterText.Words(Subject, $"{prefix}subject", errors),
            MessageId = FilterText.Words(MessageId, $"{prefix}messageId", errors),
            LastError = FilterText.Words(LastError, $"{prefix}lastError", errors),
        };
        FilterText.CheckAges(filter.OlderThan, filter.YoungerThan, $"{prefix}youngerThan", errors);
        return filter;
    }

    /// <summary>For the audit: what it says, and no more.</summary>
    public override string ToString() => string.Join(' ', new[]
    {
        ("state", State), ("sender", Sender is "" ? "<>" : Sender), ("recipient", Recipient), ("domain", Domain), ("recipientState", RecipientState), ("id", Id), ("olderThan", OlderThan),
        ("youngerThan", YoungerThan), ("subject", Subject), ("messageId", MessageId), ("lastError", LastError),
    }.Where(field => field.Item2 is not null).Select(field => $"{field.Item1}={field.Item2}").DefaultIfEmpty("all messages"));

    private MessageState? StateOf(FieldErrors errors, string prefix)
    {
        if (State is null)
            return null;
        if (FilterText.Word<MessageState>(State) is { } state)
            return state;
        errors.Add($"{prefix}state", $"'{FilterText.Shown(State)}' is no state; name one of {States}.");
        return null;
    }

    private RecipientState RecipientStateOf(FieldErrors errors, string prefix)
    {
        if (RecipientState is null)
            return default;
        var state = FilterText.Word<RecipientState>(RecipientState);
        if (state is null)
            errors.Add($"{prefix}recipientState", $"'{FilterText.Shown(RecipientState)}' is no state of a recipient; name one of {RecipientStates}.");
        else if (Recipient is null && Domain is null)
            errors.Add($"{prefix}recipientState", "It says which recipients count; give recipient or domain as well.");
        return state ?? default;
    }

    private static string? AgeText(TimeSpan? age) => age switch
    {
        null => null,
        { Ticks: var ticks and > 0 } when ticks % TimeSpan.TicksPerDay == 0 => $"{ticks / TimeSpan.TicksPerDay}d",
        { Ticks: var ticks and > 0 } when ticks % TimeSpan.TicksPerHour == 0 => $"{ticks / TimeSpan.TicksPerHour}h",
        { Ticks: var ticks and > 0 } when ticks % TimeSpan.TicksPerMinute == 0 => $"{ticks / TimeSpan.TicksPerMinute}m",
        { Ticks: var ticks } when ticks % TimeSpan.TicksPerSecond == 0 => $"{ticks / TimeSpan.TicksPerSecond}s",
        { } span => span.ToString("c", CultureInfo.InvariantCulture),
    };

    public static bool TryParseAge(string text, out TimeSpan age)
    {
        var seconds = text.Length == 0 ? 0 : text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86_400, _ => 0 };
        if (seconds > 0 && uint.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= 10_000_000)
        {
            age = TimeSpan.FromSeconds((long)number * seconds);
            return true;
        }
        // A bare number would be days.
        age = default;
        return text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out age) && age >= TimeSpan.Zero;
    }
}

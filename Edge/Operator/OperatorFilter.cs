using System.Globalization;
using Slimta.Edge.Http;
using Slimta.Smtp;
using Slimta.Storage;

namespace Slimta.Edge.Operator;

/// <summary>A filter as a query or a request's JSON has it.</summary>
internal sealed record OperatorFilter
{
    public const string Names = "state, sender, recipient, domain, id, olderThan, youngerThan, subject, messageId, lastError";

    private const int MostCharacters = 320;
    private static readonly string States = string.Join(", ", Enum.GetNames<MessageState>()).ToLowerInvariant();

    public string? State { get; init; }
    public string? Sender { get; init; }
    public string? Recipient { get; init; }
    public string? Domain { get; init; }
    public string? Id { get; init; }
    public string? OlderThan { get; init; }
    public string? YoungerThan { get; init; }
    public string? Subject { get; init; }
    public string? MessageId { get; init; }
    public string? LastError { get; init; }

    /// <summary>A name that is misspelt would silently mean every message.</summary>
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
            Id = Get("id"),
            OlderThan = Get("olderThan"),
            YoungerThan = Get("youngerThan"),
            Subject = Get("subject"),
            MessageId = Get("messageId"),
            LastError = Get("lastError"),
        };
    }

    internal static void CheckNames(IQueryCollection query, FieldErrors errors, string[] known)
    {
        foreach (var (name, values) in query)
        {
            if (!known.Contains(name, StringComparer.OrdinalIgnoreCase))
                errors.Add(Shown(name), $"Not known here; the parameters are {string.Join(", ", known)}.");
            else if (values.Count > 1)
                errors.Add(name, "Give it once.");
        }
    }

    public MessageFilter Read(FieldErrors errors, string prefix = "") => new()
    {
        State = StateOf(errors, prefix),
        Sender = Text(Sender is "<>" ? "" : Sender, $"{prefix}sender", errors, mayBeEmpty: true),
        Recipient = Text(Recipient, $"{prefix}recipient", errors),
        Domain = Text(Domain, $"{prefix}domain", errors),
        Id = Text(Id, $"{prefix}id", errors),
        OlderThan = Age(OlderThan, $"{prefix}olderThan", errors),
        YoungerThan = Age(YoungerThan, $"{prefix}youngerThan", errors),
        Subject = Text(Subject, $"{prefix}subject", errors),
        MessageId = Text(MessageId, $"{prefix}messageId", errors),
        LastError = Text(LastError, $"{prefix}lastError", errors),
    };

    /// <summary>For the audit: what it says, and no more.</summary>
    public override string ToString() => string.Join(' ', new[]
    {
        ("state", State), ("sender", Sender is "" ? "<>" : Sender), ("recipient", Recipient), ("domain", Domain), ("id", Id), ("olderThan", OlderThan),
        ("youngerThan", YoungerThan), ("subject", Subject), ("messageId", MessageId), ("lastError", LastError),
    }.Where(field => field.Item2 is not null).Select(field => $"{field.Item1}={field.Item2}").DefaultIfEmpty("all messages"));

    private MessageState? StateOf(FieldErrors errors, string prefix)
    {
        if (State is null)
            return null;
        if (Enum.TryParse<MessageState>(State, ignoreCase: true, out var state) && char.IsAsciiLetter(State[0]) && Enum.IsDefined(state))
            return state;
        errors.Add($"{prefix}state", $"'{Shown(State)}' is no state; the states are {States}.");
        return null;
    }

    internal static string? Text(string? text, string field, FieldErrors errors, bool mayBeEmpty = false)
    {
        if (text?.Length > MostCharacters)
            errors.Add(field, $"At most {MostCharacters} characters are allowed.");
        else if (text?.Length == 0 && !mayBeEmpty)
            errors.Add(field, "It is empty; leave it out to find all.");
        else if (errors.IsClean(field, text))
            return text;
        return null;
    }

    internal static TimeSpan? Age(string? text, string field, FieldErrors errors)
    {
        if (text is null)
            return null;
        if (TryParseAge(text, out var age))
            return age;
        errors.Add(field, $"'{Shown(text)}' is no time span; write 90s, 30m, 2h, 7d, or 1.12:30:00.");
        return null;
    }

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

    internal static string Shown(string text) => Printable.Text(text.Length > 60 ? text[..60] : text);
}

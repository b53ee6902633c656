using System.Collections.Frozen;
using System.Globalization;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>
/// The fields of a message's hash that are no JSON. An error names the field that cannot be read, so that an operator can look at it.
/// </summary>
internal static class StoredFields
{
    /// <summary>As many digits as the scripts read.</summary>
    private const int MostDigits = 9;

    /// <exception cref="QueueFormatException"/>
    public static int Attempts(string id, RedisValue value) =>
        value.IsNull ? 0 : Number((string?)value) ?? throw Unreadable(id, "attempts", value, "a number");

    /// <summary>"0,2,5" as a set.</summary>
    /// <exception cref="QueueFormatException"/>
    public static IReadOnlySet<int> Delivered(string id, RedisValue value, int recipients)
    {
        if (value.IsNullOrEmpty)
            return FrozenSet<int>.Empty;
        var indexes = new HashSet<int>();
        foreach (var text in ((string)value!).Split(','))
        {
            if (Number(text) is not { } index || index >= recipients)
                throw Unreadable(id, "delivered", value, $"a list of numbers from 0 to {recipients - 1}");
            indexes.Add(index);
        }
        return indexes;
    }

    /// <exception cref="QueueFormatException"/>
    public static DateTimeOffset? Time(string id, string field, RedisValue value) =>
        value.IsNull ? null
        : long.TryParse((string?)value, NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) && microseconds <= Microseconds.Since1970(DateTimeOffset.MaxValue)
            ? Microseconds.ToTime(microseconds)
            : throw Unreadable(id, field, value, "a time in microseconds since 1970");

    private static int? Number(string? text) =>
        text?.Length <= MostDigits && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static QueueFormatException Unreadable(string id, string field, RedisValue value, string wanted) =>
        new($"The field '{field}' of message '{id}' is '{Shown((string?)value)}' and should be {wanted}.");

    private static string Shown(string? text)
    {
        const int Enough = 40;
        var shown = new string([.. (text ?? "").Take(Enough).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)]);
        return text?.Length > Enough ? shown + "…" : shown;
    }
}

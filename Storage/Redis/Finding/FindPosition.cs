using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>
/// A place in the order of all messages: by time, then by id, over all partitions; the schedule first, then the held ones. It stays right
/// while others write, claim and settle.
/// </summary>
internal sealed record FindPosition(bool Held, double Score, string Id)
{
    private const int MostCharacters = 256;

    public static FindPosition Start(bool held) => new(held, double.NegativeInfinity, "");

    public FindPosition At(SortedSetEntry entry) => this with { Score = entry.Score, Id = entry.Element! };

    public bool IsBefore(SortedSetEntry entry) =>
        entry.Score > Score || (entry.Score == Score && string.CompareOrdinal(entry.Element, Id) > 0);

    /// <summary>The position as text, bound to the query.</summary>
    public string ToCursor(string query)
    {
        var place = string.Create(CultureInfo.InvariantCulture, $"{(Held ? 'h' : 's')} {Score:R} {Id}");
        return Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{HashOf(query, place)} {place}"));
    }

    /// <exception cref="InvalidCursorException"/>
    public static FindPosition Parse(string cursor, string query)
    {
        if (cursor.Length > MostCharacters || !Base64Url.IsValid(cursor))
            throw new InvalidCursorException();
        var text = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor));
        return text.Split(' ', 4) is [var hash, ("h" or "s") and { } set, var score, var id]
            && hash == HashOf(query, text[(hash.Length + 1)..]) && double.TryParse(score, NumberStyles.Float, CultureInfo.InvariantCulture, out var at) && !double.IsNaN(at)
            ? new(set == "h", at, id)
            : throw new InvalidCursorException();
    }

    private static string HashOf(string query, string place) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{query}\n{place}")).AsSpan(0, 8));
}

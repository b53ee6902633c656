using Slimta.Domains;
using Slimta.Edge.Http;
using Slimta.Smtp;

namespace Slimta.Edge.Operator;

/// <summary>
/// The texts of a filter, of the queue's or of the history's. A value that can match nothing is an error: an empty result would be taken for an
/// answer.
/// </summary>
internal static class FilterText
{
    private const int MostCharacters = 320;
    private const int MostId = 64;
    private static readonly System.Buffers.SearchValues<char> Digits = System.Buffers.SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyz");

    /// <summary>One word of a list, in any case: no number, and not several by commas, which <see cref="Enum.TryParse{T}(string, bool, out T)"/> would add up.</summary>
    public static T? Word<T>(string text) where T : struct, Enum =>
        Enum.GetValues<T>().Cast<T?>().FirstOrDefault(word => word.ToString()!.Equals(text, StringComparison.OrdinalIgnoreCase));

    public static string? Words(string? text, string field, FieldErrors errors)
    {
        if (!IsClean(text, field, errors))
            return null;
        if (!string.IsNullOrWhiteSpace(text))
            return text;
        errors.Add(field, "It is empty; leave it out to find all.");
        return null;
    }

    /// <summary>"" for the null sender.</summary>
    public static string? Sender(string? text, string field, FieldErrors errors)
    {
        if (text is "" or "<>")
            return "";
        if (!IsClean(text, field, errors))
            return null;
        if (IsAddress(text!))
            return text;
        errors.Add(field, $"'{Shown(text!)}' is no address; write ann@example.com, @example.com for a domain, or <> for bounces.");
        return null;
    }

    public static string? Recipient(string? text, string field, FieldErrors errors)
    {
        if (Words(text, field, errors) is not { } address)
            return null;
        // The one address that needs no domain (RFC 5321 §4.5.1).
        if ((IsAddress(address) && address[0] != '@') || address.Equals("postmaster", StringComparison.OrdinalIgnoreCase))
            return address;
        errors.Add(field, $"'{Shown(address)}' is not an address, such as ann@example.com. For all recipients in a domain, filter by domain.");
        return null;
    }

    public static string? Domain(string? text, string field, FieldErrors errors)
    {
        if (Words(text, field, errors) is not { } domain)
            return null;
        if (domain is not "*" && DomainName.NormalizePattern(domain) is not null)
            return domain;
        errors.Add(field, domain is "*" ? "It means all; leave it out to find all."
            : $"'{Shown(domain)}' is no domain; write example.com, or *.example.com for the names below it.");
        return null;
    }

    public static string? Id(string? text, string field, FieldErrors errors)
    {
        if (Words(text, field, errors) is not { } id)
            return null;
        if (id.Length <= MostId && id.IndexOf('-', StringComparison.Ordinal) is var dash and > 0 && id.AsSpan(0, dash).IndexOfAnyExceptInRange('0', '9') < 0
            && dash < id.Length - 1 && id.AsSpan(dash + 1).IndexOfAnyExcept(Digits) < 0)
        {
            return id;
        }
        errors.Add(field, $"'{Shown(id)}' is no message's id; write one such as 0-01m84v5b92enetrzas1p1hrpvp.");
        return null;
    }

    public static TimeSpan? Age(string? text, string field, FieldErrors errors)
    {
        if (text is null)
            return null;
        if (OperatorFilter.TryParseAge(text, out var age))
            return age;
        errors.Add(field, $"'{Shown(text)}' is no time span; write 90s, 30m, 2h, 7d, or 1.12:30:00.");
        return null;
    }

    /// <summary>Nothing is older than two hours and younger than one.</summary>
    public static void CheckAges(TimeSpan? older, TimeSpan? younger, string field, FieldErrors errors)
    {
        if (younger == TimeSpan.Zero)
            errors.Add(field, "Nothing is younger than that.");
        else if (older >= younger)
            errors.Add(field, "No message meets both bounds; the younger bound must be the longer span.");
    }

    public static string Shown(string text) => Printable.Text(text.Length > 60 ? text[..60] : text);

    private static bool IsAddress(string text) => text.LastIndexOf('@') is var at and >= 0 && DomainName.Normalize(text[(at + 1)..]) is not null;

    /// <summary>False also for none.</summary>
    private static bool IsClean(string? text, string field, FieldErrors errors)
    {
        if (text is null)
            return false;
        if (text.Length <= MostCharacters)
            return errors.IsClean(field, text);
        errors.Add(field, $"At most {MostCharacters} characters are allowed.");
        return false;
    }
}

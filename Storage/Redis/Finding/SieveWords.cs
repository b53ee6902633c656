using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;

namespace Slimta.Storage.Redis;

/// <summary>
/// Words that the stored JSON of each matching message contains, so that most others need not be parsed. It looks for runs of
/// characters that <see cref="JavaScriptEncoder.Default"/> leaves as they are, and for domains by their A-labels.
/// </summary>
internal sealed class SieveWords
{
    private readonly SearchValues<string>[] _addresses, _texts, _errors;

    public SieveWords(MessageFilter filter)
        : this(filter.Sender, filter.Recipient, filter.Domain, filter.Subject, filter.MessageId, filter.LastError)
    {
    }

    public SieveWords(HistoryFilter filter)
        : this(filter.Sender, filter.Recipient, filter.Domain, filter.Subject, filter.MessageId, null)
    {
    }

    private SieveWords(string? sender, string? recipient, string? domain, string? subject, string? messageId, string? error)
    {
        _addresses = Words(Address(sender), Address(recipient), Domain(domain));
        _texts = Words([.. (subject ?? "").Split((char[]?)null), messageId is null ? null : MessageFilter.BareMessageId(messageId)]);
        _errors = Words(error);
    }

    /// <summary>True if there are words for metadata.</summary>
    public bool SiftMetadata => _addresses.Length + _texts.Length > 0;

    /// <summary>True if there are words for the last attempt.</summary>
    public bool SiftAttempts => _errors.Length > 0;

    /// <summary>False if no message with this metadata can match; it may have a line of history before it and attempts after.</summary>
    public bool MayStandIn(ReadOnlySpan<byte> metadata) => May(metadata, text => AllIn(text, _texts) && (AllIn(text, _addresses) || HasForeignAddress(text)));

    /// <summary>False if no message with this last attempt can match.</summary>
    public bool MayStandInAttempt(ReadOnlySpan<byte> attempt) => May(attempt, text => AllIn(text, _errors));

    private static bool May(ReadOnlySpan<byte> json, Func<ReadOnlySpan<char>, bool> may)
    {
        // Escaped JSON is ASCII; it is enough that no other byte is read as ASCII.
        var text = ArrayPool<char>.Shared.Rent(json.Length);
        try
        {
            return may(text.AsSpan(0, Encoding.Latin1.GetChars(json, text)));
        }
        finally
        {
            ArrayPool<char>.Shared.Return(text);
        }
    }

    private static bool AllIn(ReadOnlySpan<char> text, SearchValues<string>[] words)
    {
        foreach (var word in words)
        {
            if (!text.ContainsAny(word))
                return false;
        }
        return true;
    }

    /// <summary>
    /// An internationalized domain may be written in more ways than one. Members stand in the order of the record, and in strings are no
    /// quotes: what comes before the client are sizes and addresses.
    /// </summary>
    private static bool HasForeignAddress(ReadOnlySpan<char> text)
    {
        const string Escape = "\\u";
        const int Digits = 4;
        var recipients = text.IndexOf("\"to\":[");
        var client = recipients < 0 ? -1 : text[recipients..].IndexOf("],\"");
        if (client >= 0)
            text = text[..(recipients + client)];
        for (var at = text.IndexOf(Escape); at >= 0; at = text.IndexOf(Escape))
        {
            text = text[(at + Escape.Length)..];
            if (!ushort.TryParse(text[..Math.Min(Digits, text.Length)], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var character) || !char.IsAscii((char)character))
                return true;
        }
        return false;
    }

    private static string? Address(string? address) =>
        address?.LastIndexOf('@') is { } at && at >= 0 ? address[..(at + 1)] + MessageFilter.DomainOf(address) : address;

    private static string? Domain(string? domain) => domain switch
    {
        null or "" => null,
        ['*', '.', ..] => "." + MessageFilter.Normal(domain[2..]),
        _ => "@" + MessageFilter.Normal(domain),
    };

    private static SearchValues<string>[] Words(params IEnumerable<string?> texts) =>
        [.. texts.SelectMany(Runs).Select(run => SearchValues.Create([run], StringComparison.OrdinalIgnoreCase))];

    /// <summary>The parts of a text that JSON leaves as they are.</summary>
    private static IEnumerable<string> Runs(string? text)
    {
        var start = 0;
        for (var i = 0; i <= text?.Length; i++)
        {
            if (i < text.Length && text[i] is >= ' ' and <= '~' && !JavaScriptEncoder.Default.WillEncode(text[i]))
                continue;
            if (i > start)
                yield return text[start..i];
            start = i + 1;
        }
    }
}

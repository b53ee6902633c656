using System.Globalization;

namespace Slimta.Smtp.Client;

/// <summary>The parts of the server's EHLO reply (RFC 5321 §4.1.1.1) that matter to a client.</summary>
internal sealed record Capabilities
{
    /// <summary>The capabilities of a server that knows only HELO.</summary>
    public static Capabilities None { get; } = new();
    public bool Pipelining { get; private init; }
    public bool EightBitMime { get; private init; }
    public bool Utf8 { get; private init; }
    public bool Chunking { get; private init; }
    public bool BinaryMime { get; private init; }
    public bool StartTls { get; private init; }
    public bool Dsn { get; private init; }
    public bool Size { get; private init; }

    /// <summary>The largest message it takes; 0 if it did not say (RFC 1870 §4).</summary>
    public long MaxSize { get; private init; }
    public IReadOnlyCollection<string> Mechanisms { get; private init; } = [];

    /// <summary>Keywords are case-insensitive; the first line is the greeting and no keyword.</summary>
    public static Capabilities Parse(SmtpReply reply)
    {
        var found = None;
        foreach (var line in reply.Text.Split('\n').Skip(1))
        {
            // "AUTH=LOGIN" is how servers of the last century spelled it, and some still do.
            var words = line.Replace("AUTH=", "AUTH ", StringComparison.OrdinalIgnoreCase)
                .Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (words.Length > 0)
                found = found.With(words[0].ToUpperInvariant(), words.AsSpan(1));
        }
        return found;
    }

    private Capabilities With(string keyword, ReadOnlySpan<string> values) => keyword switch
    {
        "PIPELINING" => this with { Pipelining = true },
        "8BITMIME" => this with { EightBitMime = true },
        "SMTPUTF8" => this with { Utf8 = true },
        "CHUNKING" => this with { Chunking = true },
        "BINARYMIME" => this with { BinaryMime = true },
        "STARTTLS" => this with { StartTls = true },
        "DSN" => this with { Dsn = true },
        "SIZE" => this with { Size = true, MaxSize = ParseSize(values) },
        "AUTH" => this with { Mechanisms = [.. Mechanisms, .. values.ToArray().Select(value => value.ToUpperInvariant())] },
        _ => this,
    };

    private static long ParseSize(ReadOnlySpan<string> values) =>
        values.Length > 0 && long.TryParse(values[0], NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : 0;
}

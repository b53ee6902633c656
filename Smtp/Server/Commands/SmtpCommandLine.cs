using System.Text;

namespace Slimta.Smtp.Server;

/// <summary>A command (RFC 5321 §2.4) without its CRLF.</summary>
/// <param name="Argument">What follows the verb, trimmed; null if it is not UTF-8, or has control characters.</param>
internal readonly record struct SmtpCommandLine(SmtpVerb Verb, string? Argument)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static SmtpCommandLine Parse(ReadOnlySpan<byte> line)
    {
        var space = line.IndexOf((byte)' ');
        var word = space < 0 ? line : line[..space];
        return new(VerbOf(word), space < 0 ? "" : Text(line[(space + 1)..].Trim((byte)' ')));
    }

    /// <summary>As Postfix reads it: tabs are spaces, and some may come first.</summary>
    public static SmtpCommandLine ParseLenient(ReadOnlySpan<byte> line)
    {
        var spaced = line.ToArray();
        spaced.AsSpan().Replace((byte)'\t', (byte)' ');
        return Parse(spaced.AsSpan().TrimStart((byte)' '));
    }

    /// <summary>The text of a line; null if it is not UTF-8, or has control characters.</summary>
    public static string? Text(ReadOnlySpan<byte> line)
    {
        foreach (var c in line)
            if (c is < 0x20 or 0x7f)
                return null;
        try
        {
            return Utf8.GetString(line);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static SmtpVerb VerbOf(ReadOnlySpan<byte> word)
    {
        // RFC 5321 §2.4: verbs are not case sensitive.
        Span<byte> upper = stackalloc byte[8];
        if (word.Length > upper.Length || Ascii.ToUpper(word, upper, out var length) != System.Buffers.OperationStatus.Done)
            return SmtpVerb.Unknown;
        ReadOnlySpan<byte> verb = upper[..length];
        return verb switch
        {
            _ when verb.SequenceEqual("EHLO"u8) => SmtpVerb.Ehlo,
            _ when verb.SequenceEqual("MAIL"u8) => SmtpVerb.Mail,
            _ when verb.SequenceEqual("RCPT"u8) => SmtpVerb.Rcpt,
            _ when verb.SequenceEqual("DATA"u8) => SmtpVerb.Data,
            _ when verb.SequenceEqual("QUIT"u8) => SmtpVerb.Quit,
            _ when verb.SequenceEqual("HELO"u8) => SmtpVerb.Helo,
            _ when verb.SequenceEqual("BDAT"u8) => SmtpVerb.Bdat,
            _ when verb.SequenceEqual("RSET"u8) => SmtpVerb.Rset,
            _ when verb.SequenceEqual("NOOP"u8) => SmtpVerb.Noop,
            _ when verb.SequenceEqual("AUTH"u8) => SmtpVerb.Auth,
            _ when verb.SequenceEqual("STARTTLS"u8) => SmtpVerb.StartTls,
            _ when verb.SequenceEqual("VRFY"u8) => SmtpVerb.Vrfy,
            _ when verb.SequenceEqual("EXPN"u8) => SmtpVerb.Expn,
            _ when verb.SequenceEqual("HELP"u8) => SmtpVerb.Help,
            _ when IsForeign(verb) => SmtpVerb.Foreign,
            _ => SmtpVerb.Unknown,
        };
    }

    private static bool IsForeign(ReadOnlySpan<byte> verb) =>
        verb.SequenceEqual("GET"u8) || verb.SequenceEqual("POST"u8) || verb.SequenceEqual("PUT"u8) || verb.SequenceEqual("HEAD"u8)
        || verb.SequenceEqual("CONNECT"u8) || verb.SequenceEqual("OPTIONS"u8) || verb.SequenceEqual("DELETE"u8)
        || verb.SequenceEqual("PATCH"u8) || verb.SequenceEqual("PRI"u8);
}

namespace Slimta.Smtp.Client;

/// <summary>Takes enhanced status codes (RFC 2034 §4, RFC 3463 §2) out of the text that they lead.</summary>
internal static class EnhancedStatus
{
    public static SmtpReply Split(int code, string text)
    {
        var length = Length(text);
        // The classes must agree (RFC 2034 §4); if not, it is text that looks like a code.
        return length == 0 || text[0] - '0' != code / 100
            ? new(code, null, text)
            : new(code, text[..length], text.Length > length ? text[(length + 1)..] : "");
    }

    private static int Length(string text)
    {
        if (text.Length < 5 || text[0] is not ('2' or '4' or '5'))
            return 0;
        var at = Part(text, Part(text, 1));
        return at > 0 && (at == text.Length || text[at] == ' ') ? at : 0;
    }

    /// <summary>A dot and one to three digits.</summary>
    private static int Part(string text, int at)
    {
        if (at <= 0 || at >= text.Length || text[at] != '.')
            return 0;
        var start = ++at;
        while (at < text.Length && at - start < 3 && char.IsAsciiDigit(text[at]))
            at++;
        return at > start ? at : 0;
    }
}

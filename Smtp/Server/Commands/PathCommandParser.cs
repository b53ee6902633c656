namespace Slimta.Smtp.Server;

/// <summary>
/// The arguments of MAIL and RCPT (RFC 5321 §4.1.1.2, §4.1.1.3), with the parameters of the extensions we offer. From a trusted client
/// also what Postfix understands: no brackets, spaces, odd dots, a domain with a final dot, UTF-8 that was not declared.
/// </summary>
internal static class PathCommandParser
{
    /// <returns>Null if it was understood, else the reply that refuses it.</returns>
    public static SmtpReply? TryParseMail(ReadOnlySpan<char> argument, long maxSize, ClientTrust trust, out MailCommand? command)
    {
        command = null;
        if (!TryParse(argument, "FROM:", trust, out var mailbox, out var parameters, out var wellFormed))
            return wellFormed ? Replies.BadArgument : Replies.BadSender;
        if (mailbox is { Domain: "" })
            return Replies.BadSender;
        foreach (var (keyword, value) in parameters)
            if (CheckMailParameter(keyword, value, trust) is { } refusal)
                return refusal;
        var utf8 = parameters.ContainsKey("SMTPUTF8");
        if (!utf8 && mailbox is { IsAscii: false } && trust == ClientTrust.Stranger)
            return Replies.NeedsUtf8;
        long? size = parameters.TryGetValue("SIZE", out var declared) ? long.Parse(declared) : null;
        if (size > maxSize)
            return Replies.TooLarge;
        command = new(mailbox?.ToString() ?? "", size, utf8, parameters);
        return null;
    }

    /// <inheritdoc cref="TryParseMail"/>
    public static SmtpReply? TryParseRcpt(ReadOnlySpan<char> argument, bool utf8, ClientTrust trust, out RcptCommand? command)
    {
        command = null;
        if (!TryParse(argument, "TO:", trust, out var mailbox, out var parameters, out var wellFormed))
            return wellFormed ? Replies.BadArgument : Replies.BadRecipient;
        if (mailbox is null)
            return Replies.BadRecipient;
        foreach (var (keyword, value) in parameters)
            if (CheckRcptParameter(keyword, value, utf8, trust) is { } refusal)
                return refusal;
        if (!utf8 && !mailbox.Value.IsAscii && trust == ClientTrust.Stranger)
            return Replies.NeedsUtf8;
        command = new(mailbox.Value, parameters);
        return null;
    }

    /// <param name="wellFormed">The path was understood; what follows it was not.</param>
    private static bool TryParse(ReadOnlySpan<char> argument, string prefix, ClientTrust trust, out SmtpMailbox? mailbox,
        out IReadOnlyDictionary<string, string> parameters, out bool wellFormed)
    {
        mailbox = null;
        wellFormed = false;
        parameters = System.Collections.ObjectModel.ReadOnlyDictionary<string, string>.Empty;
        if (!argument.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
        {
            wellFormed = true;
            return false;
        }
        // Many clients put a space after the colon, strangers too, though RFC 5321 §3.3 has none.
        var path = argument[prefix.Length..].TrimStart(' ');
        if (!SmtpPath.TryParse(path, trust == ClientTrust.Trusted, out mailbox, out var length))
            return false;
        wellFormed = true;
        return EsmtpParameterParser.TryParse(path[length..], out parameters);
    }

    private static SmtpReply? CheckMailParameter(string keyword, string value, ClientTrust trust) => keyword switch
    {
        "SIZE" => IsNumber(value, 20) ? null : Replies.BadArgument,
        "BODY" => Is(value, "7BIT") || Is(value, "8BITMIME") ? null : Replies.UnknownParameter,
        "SMTPUTF8" => value.Length == 0 ? null : Replies.BadArgument,
        "RET" => Is(value, "FULL") || Is(value, "HDRS") ? null : Replies.BadArgument,
        "ENVID" => value.Length is > 0 and <= 100 && IsXtext(value, trust) ? null : Replies.BadArgument,
        "AUTH" => Is(value, "<>") || IsXtext(value, trust) ? null : Replies.BadArgument,
        _ => Replies.UnknownParameter,
    };

    private static SmtpReply? CheckRcptParameter(string keyword, string value, bool utf8, ClientTrust trust) => keyword switch
    {
        "NOTIFY" => IsNotify(value) ? null : Replies.BadArgument,
        "ORCPT" => IsOriginalRecipient(value, utf8, trust) ? null : Replies.BadArgument,
        _ => Replies.UnknownParameter,
    };

    /// <summary>NEVER, or a list of the others (RFC 3461 §4.1).</summary>
    private static bool IsNotify(string value)
    {
        if (Is(value, "NEVER"))
            return true;
        foreach (var range in value.AsSpan().Split(','))
        {
            var word = value.AsSpan(range);
            if (!Is(word, "SUCCESS") && !Is(word, "FAILURE") && !Is(word, "DELAY"))
                return false;
        }
        return true;
    }

    /// <summary>An address type and the address in its encoding (RFC 3461 §4.2; RFC 6533 §3 for utf-8).</summary>
    private static bool IsOriginalRecipient(string value, bool utf8, ClientTrust trust)
    {
        var semicolon = value.IndexOf(';');
        if (semicolon <= 0 || value.Length > 500 || semicolon == value.Length - 1)
            return false;
        var address = value.AsSpan(semicolon + 1);
        return Is(value.AsSpan(0, semicolon), "utf-8")
            ? utf8 || System.Text.Ascii.IsValid(address)
            : IsXtext(address, trust);
    }

    private static bool IsXtext(ReadOnlySpan<char> value, ClientTrust trust) => Xtext.IsValid(value, anyCase: trust == ClientTrust.Trusted);

    private static bool IsNumber(string value, int maxDigits) =>
        value.Length > 0 && value.Length <= maxDigits && !value.AsSpan().ContainsAnyExceptInRange('0', '9') && long.TryParse(value, out _);

    private static bool Is(ReadOnlySpan<char> value, string word) => value.Equals(word, StringComparison.OrdinalIgnoreCase);
}

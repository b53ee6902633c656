using System.Diagnostics.CodeAnalysis;
using System.Text;
using Slimta.Domains;

namespace Slimta.Smtp;

/// <summary>An address (RFC 5321 §4.1.2, RFC 6531 §3.3), as it was written: quotes, case and all.</summary>
/// <param name="LocalPart">With its quotes, if it has them.</param>
/// <param name="Domain">A domain, or an address literal with its brackets; empty for a bare <c>postmaster</c>.</param>
public readonly record struct SmtpMailbox(string LocalPart, string Domain)
{
    /// <summary>
    /// Octets in all. RFC 5321 §4.5.3.1 wants 64 for a local part taken at least; longer ones are common in bounce addresses that
    /// encode another address, and Postfix takes them. A domain has <see cref="DomainName.MaxLength"/>: a longer one is in no DNS.
    /// </summary>
    public const int MaxLength = 320;

    public bool IsAddressLiteral => Domain.StartsWith('[');

    /// <summary>True if every octet is ASCII, so that no SMTPUTF8 is needed.</summary>
    public bool IsAscii => Ascii.IsValid(LocalPart) && Ascii.IsValid(Domain);

    public override string ToString() => Domain.Length == 0 ? LocalPart : $"{LocalPart}@{Domain}";

    /// <summary>Reads an address without angle brackets; a bare <c>postmaster</c> is one (RFC 5321 §4.1.1.3).</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out SmtpMailbox mailbox) =>
        TryParse(text, lenient: false, out mailbox) && !DeceptiveText.IsIn(mailbox.LocalPart);

    public static bool TryParse([NotNullWhen(true)] string? text, out SmtpMailbox mailbox) => TryParse(text.AsSpan(), out mailbox);

    /// <summary>
    /// As <see cref="TryParse(ReadOnlySpan{char}, out SmtpMailbox)"/>, for what clients that may relay send, and real mailboxes have: dots at
    /// the ends of a local part and two in a row, any character of Unicode, and a domain with a final dot, which is dropped.
    /// </summary>
    public static bool TryParseLenient(ReadOnlySpan<char> text, out SmtpMailbox mailbox) =>
        TryParse(text.Length > 1 && text[^1] == '.' && text[^2] != '.' && text.Contains('@') ? text[..^1] : text, lenient: true, out mailbox);

    private static bool TryParse(ReadOnlySpan<char> text, bool lenient, out SmtpMailbox mailbox)
    {
        mailbox = default;
        if (text.Length == 0 || Encoding.UTF8.GetByteCount(text) > MaxLength || HasLoneSurrogate(text))
            return false;
        var at = LocalPartLength(text, lenient);
        if (at <= 0)
            return false;
        if (at == text.Length)
        {
            mailbox = new(text.ToString(), "");
            return text.Equals("postmaster", StringComparison.OrdinalIgnoreCase);
        }
        var domain = text[(at + 1)..];
        if (text[at] != '@' || !(DomainName.IsDomain(domain) || DomainName.TryParseLiteral(domain, out _)))
            return false;
        mailbox = new(text[..at].ToString(), domain.ToString());
        return true;
    }

    /// <inheritdoc cref="DomainName.IsDomain"/>
    public static bool IsDomain(ReadOnlySpan<char> text) => DomainName.IsDomain(text);

    /// <inheritdoc cref="DomainName.TryParseLiteral"/>
    public static bool IsLiteral(ReadOnlySpan<char> text) => DomainName.TryParseLiteral(text, out _);

    /// <summary>Where the local part ends; -1 if it is not one.</summary>
    private static int LocalPartLength(ReadOnlySpan<char> text, bool anyDots)
    {
        if (text[0] == '"')
            return QuotedLength(text);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '@')
                return i > 0 && (anyDots || text[i - 1] != '.') ? i : -1;
            if (c == '.' ? !anyDots && (i == 0 || text[i - 1] == '.') : !IsAtomText(c))
                return -1;
        }
        return text.Length;
    }

    private static int QuotedLength(ReadOnlySpan<char> text)
    {
        for (var i = 1; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '"')
                return i + 1;
            if (c == '\\' && ++i == text.Length)
                return -1;
            if (text[i] is < ' ' or '\x7f' || (text[i] > '\x7f' && (c == '\\' || !IsUtf8Text(c))))
                return -1;
        }
        return -1;
    }

    private static bool HasLoneSurrogate(ReadOnlySpan<char> text)
    {
        if (Ascii.IsValid(text))
            return false;
        foreach (var rune in text.EnumerateRunes())
            if (rune == Rune.ReplacementChar)
                return true;
        return false;
    }

    private static bool IsAtomText(char c) =>
        char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-/=?^_`{|}~".Contains(c) || IsUtf8Text(c);

    /// <summary>UTF8-non-ascii of RFC 6531 §3.3, without controls and what looks like white space.</summary>
    private static bool IsUtf8Text(char c) => c > '\x7f' && !char.IsControl(c) && !char.IsWhiteSpace(c);
}

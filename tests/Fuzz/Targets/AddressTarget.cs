using System.Text;
using Slimta.Smtp;
using Slimta.Domains;

namespace Slimta.Fuzz.Targets;

/// <summary>Addresses, paths, domains and xtext: what is taken is one address, comes out as it went in, and has one normal form.</summary>
internal static class AddressTarget
{
    public static void Read(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        if (SmtpMailbox.TryParse(text, out var strict))
        {
            Claim.Same(text, strict.ToString());
            Claim.That(SmtpMailbox.TryParseLenient(text, out var same) && same == strict);
            Claim.That(!text.AsSpan().ContainsAny('\r', '\n', '\0'));
        }
        if (SmtpMailbox.TryParseLenient(text, out var lenient))
        {
            Claim.That(SmtpMailbox.TryParseLenient(lenient.ToString(), out var again) && again == lenient);
            Claim.That(lenient.Domain.Length == 0 || DomainName.Normalize(lenient.Domain) is not null);
        }
        if (SmtpPath.TryParse(text, lenient: false, out var mailbox, out var length))
            Claim.That(length <= text.Length && (mailbox is null || SmtpMailbox.TryParse(mailbox.ToString(), out _)));
        _ = SmtpPath.TryParse(text, lenient: true, out _, out _);
        Domain(text);
        if (Xtext.Decode(text) is not null)
            Claim.That(Ascii.IsValid(text));
        Claim.Same(text, Xtext.Decode(Xtext.Encode(text)));
        var shown = Printable.Text(text);
        Claim.Same(text.Length, shown.Length);
        Claim.Same(shown, Printable.Text(shown));
    }

    private static void Domain(string text)
    {
        if (DomainName.Normalize(text) is not { } normal)
            return;
        Claim.That(Ascii.IsValid(normal));
        Claim.Same(normal, DomainName.Normalize(normal));
        Claim.That(DomainName.AreEqual(text, normal));
        Claim.That(normal[0] == '[' || DomainName.IsDomain(normal));
    }
}

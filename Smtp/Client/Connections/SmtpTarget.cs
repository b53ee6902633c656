using System.Net;

namespace Slimta.Smtp.Client;

/// <summary>One server to talk to, and how.</summary>
/// <param name="Host">The name that its certificate must carry, and that records show.</param>
/// <param name="Address">Where it is.</param>
internal sealed record SmtpTarget(string Host, IPEndPoint Address, Security Security)
{
    /// <summary>The address as records have it, for each recipient.</summary>
    public string AddressText { get; } = Address.ToString();
}

/// <summary>
/// How to talk to a server; the same for all hosts of a destination. Its value is part of a destination's identity: every property
/// must compare by value.
/// </summary>
internal sealed record Security
{
    public static Security Opportunistic { get; } = new();
    public TlsMode Tls { get; init; } = TlsMode.Opportunistic;

    /// <summary>Where TLS is a must: go on with a certificate that does not verify.</summary>
    public bool AllowInvalidCertificate { get; init; }

    /// <summary>Log in as this; null: do not.</summary>
    public Credentials? Credentials { get; init; }

    /// <summary>Log in even where nothing encrypts it.</summary>
    public bool AllowClearTextPassword { get; init; }

    /// <summary>
    /// No TLS, no session. A login makes it so for every mechanism: one that hides the password still lets an attacker in the middle
    /// have the session and the mail, and try passwords against what it heard.
    /// </summary>
    public bool MustEncrypt => Tls is TlsMode.Required or TlsMode.Implicit || (Credentials is not null && !AllowClearTextPassword);

    /// <summary>No valid certificate, no session.</summary>
    public bool MustVerify => MustEncrypt && !AllowInvalidCertificate;

    /// <summary>Speak LMTP (RFC 2033): LHLO, and a reply per recipient after the content.</summary>
    public bool Lmtp { get; init; }
}

/// <summary>A login. Unlike <see cref="NetworkCredential"/> it compares by value; it never shows its password.</summary>
internal sealed record Credentials(string UserName, string Password)
{
    public override string ToString() => UserName;
}

using Slimta.Smtp.Client;

namespace Slimta.Relay;

/// <summary>Where the mail of a domain goes: "Relay:Routes:example.com".</summary>
public sealed class RouteOptions
{
    /// <summary>
    /// The kind of delivery (default smtp, which is LMTP's too): a name given to <c>AddDelivery</c>.
    /// Another kind than smtp has its own settings, and none of those below.
    /// </summary>
    public string Delivery { get; set; } = DeliveryRegistration.Smtp;

    /// <summary>
    /// "host", "host:port", or a URL: smtp://host:25, smtps://host:465 (TLS at once), lmtp://host:24; with user:password@ it logs in.
    /// </summary>
    public string NextHop { get; set; } = "";

    /// <summary>Opportunistic (default), Required, Implicit or None.</summary>
    public TlsMode? Tls { get; set; }

    /// <summary>Takes any certificate of the server (default false): an attacker in the middle can then read the mail and the password.</summary>
    public bool AllowInvalidCertificate { get; set; }

    /// <summary>The login at the next hop, if not in its URL. It needs Password, and TLS with a valid certificate.</summary>
    public string? Username { get; set; }

    /// <summary>The password of Username. Give it as an environment variable or a secret.</summary>
    public string? Password { get; set; }

    /// <summary>Sends the password even where the server offers no TLS (default false).</summary>
    public bool AllowClearTextPassword { get; set; }

    internal bool IsSmtp => DeliveryRegistration.AreSame(Delivery, DeliveryRegistration.Smtp);

    /// <summary>The first setting that only SMTP has.</summary>
    internal string? FirstOfSmtp() =>
        NextHop.Length > 0 ? nameof(NextHop)
        : Tls is not null ? nameof(Tls)
        : AllowInvalidCertificate ? nameof(AllowInvalidCertificate)
        : Username is not null ? nameof(Username)
        : Password is not null ? nameof(Password)
        : AllowClearTextPassword ? nameof(AllowClearTextPassword)
        : null;
}

namespace Slimta.Smtp.Server;

/// <summary>The commands that the server knows. Unknown ones have no column in the state table.</summary>
internal enum SmtpVerb
{
    Ehlo,
    Helo,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,
    Bdat,
    Rset,
    Noop,
    Vrfy,
    Expn,
    Help,
    Quit,
    Unknown,

    /// <summary>Another protocol's request: an HTTP client was tricked into talking to us, or has the wrong port.</summary>
    Foreign,
}

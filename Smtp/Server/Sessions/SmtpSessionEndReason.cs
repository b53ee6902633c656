namespace Slimta.Smtp.Server;

/// <summary>Why a session ended.</summary>
public enum SmtpSessionEndReason
{
    /// <summary>The client said goodbye.</summary>
    Quit,

    /// <summary>The client closed the connection, or it broke.</summary>
    Disconnected,

    /// <summary>The client took too long.</summary>
    TimedOut,

    /// <summary>The server stops.</summary>
    Stopping,

    /// <summary>A fault of ours.</summary>
    Error,

    /// <summary>The handler did not want the client.</summary>
    Refused,

    TooManyConnections,
    BadProxyHeader,
    /// <summary>It did not wait for the banner.</summary>
    SpokeTooEarly,

    TlsFailed,
    DataAfterStartTls,
    /// <summary>Commands of HTTP, say.</summary>
    NotSmtp,

    BadLine,
    LineTooLong,
    TooManyCommands,
    TooManyErrors,
    TooManyFailedLogins,
    /// <summary>The length of the following chunk is unknown.</summary>
    BadChunk,

    /// <summary>The end of its message cannot be found.</summary>
    BareLineEnd,

    /// <summary>It went on sending a message that was refused.</summary>
    ContentWithoutEnd,

    /// <summary>There was no room for the message that it was sending.</summary>
    NoRoom,

    /// <summary>The handler closed the connection on purpose.</summary>
    Dropped,
}

internal static class SmtpSessionEndReasons
{
    /// <summary>In logs and metrics.</summary>
    public static string Name(this SmtpSessionEndReason reason) => reason switch
    {
        SmtpSessionEndReason.Quit => "quit",
        SmtpSessionEndReason.Disconnected => "disconnected",
        SmtpSessionEndReason.TimedOut => "timeout",
        SmtpSessionEndReason.Stopping => "stopping",
        SmtpSessionEndReason.Error => "error",
        SmtpSessionEndReason.Refused => "refused",
        SmtpSessionEndReason.TooManyConnections => "too many connections",
        SmtpSessionEndReason.BadProxyHeader => "bad proxy header",
        SmtpSessionEndReason.SpokeTooEarly => "spoke too early",
        SmtpSessionEndReason.TlsFailed => "TLS failed",
        SmtpSessionEndReason.DataAfterStartTls => "data after STARTTLS",
        SmtpSessionEndReason.NotSmtp => "not SMTP",
        SmtpSessionEndReason.BadLine => "bad line",
        SmtpSessionEndReason.LineTooLong => "line too long",
        SmtpSessionEndReason.TooManyCommands => "too many commands",
        SmtpSessionEndReason.TooManyErrors => "too many errors",
        SmtpSessionEndReason.TooManyFailedLogins => "too many failed logins",
        SmtpSessionEndReason.BadChunk => "bad BDAT",
        SmtpSessionEndReason.BareLineEnd => "bare CR or LF",
        SmtpSessionEndReason.ContentWithoutEnd => "content without end",
        SmtpSessionEndReason.NoRoom => "no room",
        SmtpSessionEndReason.Dropped => "dropped",
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}

namespace Slimta.Smtp.Server;

/// <summary>The meaning of a CR or LF that is not part of a CRLF (RFC 5321 §2.3.8).</summary>
public enum BareLineFeed
{
    /// <summary>The message is refused.</summary>
    Reject,

    /// <summary>It ends a line, and becomes CRLF. It never ends the message.</summary>
    Normalize,
}

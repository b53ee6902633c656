namespace Slimta.Smtp.Server;

/// <summary>What a CR or LF that is not part of a CRLF means (RFC 5321 §2.3.8).</summary>
public enum BareLineFeed
{
    /// <summary>The message is refused.</summary>
    Reject,

    /// <summary>It ends a line, and becomes CRLF. It never ends the message.</summary>
    Normalize,
}

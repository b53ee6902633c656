namespace Slimta.Smtp.Server;

/// <summary>Why content is unacceptable, as found while it is read.</summary>
internal enum ContentFault
{
    None,

    /// <summary>A CR without LF, or an LF without CR (RFC 5321 §2.3.8). Where they end lines for others, mail can be smuggled.</summary>
    BareLineEnd,

    /// <summary>A line longer than the limit.</summary>
    LineTooLong,
}

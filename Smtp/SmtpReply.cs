namespace Slimta.Smtp;

/// <summary>
/// A reply (RFC 5321 §4.2) as it goes over the wire: as a server sends it, and as a client receives it.
/// </summary>
/// <param name="Code">The three-digit code.</param>
/// <param name="EnhancedCode">The enhanced status code (RFC 3463), such as "5.7.1"; null where there is none.</param>
/// <param name="Text">The text without the codes, lines separated by LF.</param>
public sealed record SmtpReply(int Code, string? EnhancedCode, string Text)
{
    /// <summary>2yz: done.</summary>
    public bool IsPositive => Code is >= 200 and < 300;

    /// <summary>3yz: go on.</summary>
    public bool IsIntermediate => Code is >= 300 and < 400;

    /// <summary>4yz: not now.</summary>
    public bool IsTransient => Code is >= 400 and < 500;

    /// <summary>5yz: never.</summary>
    public bool IsPermanent => Code is >= 500 and < 600;

    /// <summary>One line for logs and attempt records.</summary>
    public override string ToString() =>
        $"{Code} {(EnhancedCode is null ? "" : EnhancedCode + " ")}{Text.ReplaceLineEndings(" ")}";
}

namespace Slimta.Smtp.Client;

/// <summary>The value of BODY (RFC 6152, RFC 3030).</summary>
internal enum BodyKind
{
    SevenBit,
    EightBit,

    /// <summary>Anything goes; by BDAT only.</summary>
    Binary,
}

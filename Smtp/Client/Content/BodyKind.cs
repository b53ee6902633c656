namespace Slimta.Smtp.Client;

/// <summary>What BODY says (RFC 6152, RFC 3030).</summary>
internal enum BodyKind
{
    SevenBit,
    EightBit,

    /// <summary>Anything goes; by BDAT only.</summary>
    Binary,
}

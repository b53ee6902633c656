namespace Slimta.Relay;

/// <summary>How to treat lines that are longer than SMTP allows.</summary>
public enum LongLines
{
    /// <summary>The part is encoded, unless that would break a signature (RFC 1847, DKIM); then it passes as it came.</summary>
    Encode,

    /// <summary>They pass as they came.</summary>
    Keep,
}

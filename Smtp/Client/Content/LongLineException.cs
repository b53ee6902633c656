namespace Slimta.Smtp.Client;

/// <summary>Content has a line that is longer than SMTP allows (RFC 5321 §4.5.3.1.6).</summary>
internal sealed class LongLineException() : Exception($"The content has a line of more than {ContentTraits.MaxLine} octets.");

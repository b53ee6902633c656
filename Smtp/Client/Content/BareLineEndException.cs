namespace Slimta.Smtp.Client;

/// <summary>Content has a CR or an LF that is not part of a CRLF.</summary>
internal sealed class BareLineEndException() : Exception("The content has a bare CR or LF.");

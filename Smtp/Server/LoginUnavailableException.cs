namespace Slimta.Smtp.Server;

/// <summary>A login cannot be checked now, or not yet: the client gets a reply to come back (454, RFC 4954 §4.4).</summary>
public sealed class LoginUnavailableException(string message) : Exception(message);

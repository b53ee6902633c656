namespace Slimta.Smtp.Server;

/// <summary>A well-formed MAIL command (RFC 5321 §4.1.1.2).</summary>
/// <param name="Sender">The reverse-path without its brackets; empty for the null path.</param>
/// <param name="Size">The value of SIZE.</param>
/// <param name="SmtpUtf8">SMTPUTF8 was given (RFC 6531).</param>
/// <param name="Parameters">All parameters, keyed by upper-case keyword.</param>
public sealed record MailCommand(string Sender, long? Size, bool SmtpUtf8, IReadOnlyDictionary<string, string> Parameters);

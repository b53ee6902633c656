namespace Slimta.Smtp.Server;

/// <summary>A well-formed RCPT command (RFC 5321 §4.1.1.3).</summary>
/// <param name="Mailbox">The forward-path without its brackets and its source route.</param>
/// <param name="Parameters">All parameters, keyed by upper-case keyword.</param>
public sealed record RcptCommand(SmtpMailbox Mailbox, IReadOnlyDictionary<string, string> Parameters);

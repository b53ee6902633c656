namespace Slimta.Smtp.Server;

/// <summary>The totals of a session.</summary>
/// <param name="Reason">Why it ended.</param>
/// <param name="WasGreeted">It came as far as <see cref="SmtpHandler.ConnectAsync"/>.</param>
/// <param name="Accepted">Messages that got a 250.</param>
/// <param name="Refused">Messages and recipients that did not.</param>
public sealed record SmtpSessionEnd(
    SmtpSessionEndReason Reason, bool WasGreeted, int Commands, int Errors, int Accepted, int Refused, TimeSpan Duration);

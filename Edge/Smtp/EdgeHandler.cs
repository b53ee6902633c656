using System.Diagnostics;
using Slimta.Smtp;
using Slimta.Smtp.Server;
using Slimta.Storage;

namespace Slimta.Edge.Smtp;

/// <summary>Puts the messages that an SMTP server accepts into the queue.</summary>
internal sealed class EdgeHandler(IntakeServices services, RelayPolicy relay, IUserSource users, LoginGuard guard, ILogger<EdgeHandler> log) : SmtpHandler
{
    private const string Protocol = "smtp";

    public override bool OffersAuthentication => users.HasUsers;

    public override ClientTrust TrustOf(SmtpSessionInfo session) =>
        relay.IsTrusted(session.Client?.Address, session.AuthenticatedAs) ? ClientTrust.Trusted : ClientTrust.Stranger;

    public override bool OffersReports(SmtpSessionInfo session) =>
        relay.TrustOf(session.Client?.Address, session.AuthenticatedAs) != TrustedAs.Stranger;

    public override ValueTask<SmtpReply?> ConnectAsync(SmtpSessionInfo session, CancellationToken cancellationToken)
    {
        EdgeTelemetry.Sessions.Add(1);
        return default;
    }

    public override async ValueTask<string?> AuthenticateAsync(
        SmtpSessionInfo session, string user, string password, CancellationToken cancellationToken)
    {
        var address = session.Client?.Address;
        if (guard.Begin(address, user) is not null)
            throw new LoginUnavailableException("Too many failed logins came from the client's address.");
        bool? right = null;
        try
        {
            var identity = await users.AuthenticateAsync(user, password, cancellationToken);
            right = identity is not null;
            return identity;
        }
        finally
        {
            guard.End(address, user, right);
        }
    }

    public override SmtpTransaction Begin(SmtpSessionInfo session, MailCommand mail) => new EdgeTransaction(services, relay, session, mail);

    public override void OnRefused(SmtpSessionInfo session, SmtpReply reply) => EdgeTelemetry.CountRefusal(reply, Protocol);

    public override void OnEnded(SmtpSessionInfo session, SmtpSessionEnd end)
    {
        if (end.WasGreeted)
            EdgeTelemetry.Sessions.Add(-1);
        EdgeTelemetry.SessionDuration.Record(end.Duration.TotalSeconds, new KeyValuePair<string, object?>("slimta.session.end", end.Reason.Name()));
        using var trace = TraceOf(session);
        EdgeLog.SessionEnded(log, session.Client?.Address, end.Reason.Name(), end.Duration.TotalMilliseconds, end.Accepted, end.Refused,
            session.Tls is { } tls ? tls : "no TLS", session.AuthenticatedAs is null ? "no login" : "logged in");
    }

    /// <summary>No span: it only puts the lines logged now into the last transaction's trace.</summary>
    private static Activity? TraceOf(SmtpSessionInfo session) =>
        session.LastTransaction is { TraceFlags: var flags } last && last != default
            ? new Activity("smtp session").SetParentId(last.TraceId, last.SpanId, flags).Start()
            : null;
}

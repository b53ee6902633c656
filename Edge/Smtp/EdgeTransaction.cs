using System.Diagnostics;
using Slimta.Smtp;
using Slimta.Smtp.Server;
using Slimta.Storage;

namespace Slimta.Edge.Smtp;

/// <summary>One message that comes by SMTP.</summary>
internal sealed class EdgeTransaction : SmtpTransaction
{
    /// <summary>Parameters of the way in that are no part of the envelope.</summary>
    private static readonly string[] NotKept = ["SIZE", "AUTH"];

    private readonly IntakeServices _services;
    private readonly RelayPolicy _relay;
    private readonly SmtpSessionInfo _session;
    private readonly MailCommand _mail;
    private readonly ClientInfo _client;
    private readonly bool _trusted;
    private readonly TransactionSpan _span;
    private readonly RecipientList _recipients = new();
    private MessageIntake? _intake;

    public EdgeTransaction(IntakeServices services, RelayPolicy relay, SmtpSessionInfo session, MailCommand mail)
    {
        _services = services;
        _relay = relay;
        _session = session;
        _mail = mail;
        _client = new()
        {
            Ip = session.Client?.Address.ToString(),
            HeloName = session.HeloName,
            Protocol = session.Protocol(mail.SmtpUtf8),
            AuthenticatedAs = session.AuthenticatedAs,
            Trust = relay.TrustOf(session.Client?.Address, session.AuthenticatedAs),
        };
        _trusted = relay.IsTrusted(session.Client?.Address, session.AuthenticatedAs);
        _span = new(session, services.Time.GetUtcNow());
    }

    public override ValueTask<SmtpReply> MailAsync(CancellationToken cancellationToken)
    {
        if (_services.Senders.CheckSender(_client, _mail.Sender) is not { } refusal)
            return base.MailAsync(cancellationToken);
        return new(Refused(refusal));
    }

    public override ValueTask<SmtpReply> RecipientAsync(RcptCommand recipient, CancellationToken cancellationToken)
    {
        var mailbox = recipient.Mailbox;
        var open = false;
        if (mailbox.Domain.Length == 0)
            (mailbox, open) = Postmaster(mailbox);
        if (!_trusted && !open && !_relay.IsOpen(mailbox))
        {
            EdgeTelemetry.Count(SubmissionOutcome.RecipientNotAllowed, "smtp");
            return new(SubmissionReplies.Of(SubmissionOutcome.RecipientNotAllowed));
        }
        _recipients.Add(new(mailbox.ToString()) { Parameters = recipient.Parameters });
        return base.RecipientAsync(recipient, cancellationToken);
    }

    public override ValueTask<SmtpReply?> BeginContentAsync(CancellationToken cancellationToken)
    {
        var envelope = new Envelope
        {
            Sender = _mail.Sender,
            Recipients = _recipients.Recipients,
            Client = _client,
            Receiver = _services.Options.Hostname,
            Received = _services.Time.GetUtcNow(),
            Parameters = Kept(_mail.Parameters),
        };
        _intake = new(_services, envelope, tls: _session.Tls is null ? null : $"using {_session.Tls} with {_session.Cipher}");
        return default;
    }

    public override async ValueTask<SmtpReply?> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (await _intake!.WriteAsync(bytes) is not { } refusal)
            return null;
        var reply = Refused(refusal);
        // The rest is dropped, so nothing of it need be held.
        await _intake.DisposeAsync();
        return reply;
    }

    public override async ValueTask<SmtpReply> CompleteAsync(CancellationToken cancellationToken)
    {
        // The write's span belongs under this one; the current activity falls back when this method returns.
        Activity.Current = _span.Start(_trusted && _services.Options.Smtp.Traceparent ? _intake!.Header.ParentTrace() : default);
        var result = await _intake!.CompleteAsync();
        if (result.Id is not { } id)
            return Refused(result);
        EdgeTelemetry.Count(result, "smtp");
        var reply = SubmissionReplies.Of(result);
        _span.Accepted(reply, id, _recipients.Count, _intake.Length);
        return reply;
    }

    public override void Refuse(SmtpReply reply)
    {
        EdgeTelemetry.CountRefusal(reply, "smtp");
        _span.Refused(reply, _recipients.Count);
    }

    public override async ValueTask DisposeAsync()
    {
        if (_intake is not null)
            await _intake.DisposeAsync();
        _span.Dispose();
        await base.DisposeAsync();
    }

    private SmtpReply Refused(SubmissionResult result)
    {
        var reply = SubmissionReplies.Of(result);
        Refuse(reply);
        return reply;
    }

    /// <summary>RFC 5321 §4.5.1: a server takes mail for its postmaster.</summary>
    private (SmtpMailbox, bool Open) Postmaster(SmtpMailbox bare) =>
        SmtpMailbox.TryParse(_services.Options.Postmaster, out var configured)
            ? (configured, true)
            : (bare with { Domain = _services.Options.Hostname }, false);

    private static IReadOnlyDictionary<string, string> Kept(IReadOnlyDictionary<string, string> parameters) =>
        NotKept.Any(parameters.ContainsKey)
            ? parameters.Where(parameter => !NotKept.Contains(parameter.Key)).ToDictionary(StringComparer.Ordinal)
            : parameters;
}

using System.Collections.Concurrent;
using System.Text;
using Slimta.Smtp;
using Slimta.Smtp.Server;

namespace Slimta.Tests.Smtp.Server;

/// <summary>A handler that takes everything and keeps it.</summary>
internal sealed class Recorder : SmtpHandler
{
    public ConcurrentQueue<Recorded> Messages { get; } = [];
    public ConcurrentQueue<SmtpReply> Refusals { get; } = [];
    public ConcurrentQueue<SmtpSessionEnd> Ended { get; } = [];
    public int Open;

    /// <summary>User and password that AUTH takes; null: no AUTH.</summary>
    public (string User, string Password)? Login { get; init; }

    /// <summary>Answers recipients.</summary>
    public Func<RcptCommand, SmtpReply>? OnRecipient { get; init; }

    /// <summary>Answers the end of the content, when it is whole.</summary>
    public Func<CancellationToken, Task<SmtpReply>>? OnComplete { get; init; }

    /// <summary>How it judges clients.</summary>
    public ClientTrust Trust { get; init; }

    public override ClientTrust TrustOf(SmtpSessionInfo session) => Trust;

    public override bool OffersAuthentication => Login is not null;

    public override ValueTask<string?> AuthenticateAsync(SmtpSessionInfo session, string user, string password, CancellationToken cancellationToken) =>
        new((user, password) == Login ? user : null);

    public override SmtpTransaction Begin(SmtpSessionInfo session, MailCommand mail)
    {
        Interlocked.Increment(ref Open);
        return new Transaction(this, session, mail);
    }

    public override void OnRefused(SmtpSessionInfo session, SmtpReply reply) => Refusals.Enqueue(reply);

    public override void OnEnded(SmtpSessionInfo session, SmtpSessionEnd end) => Ended.Enqueue(end);

    private sealed class Transaction(Recorder recorder, SmtpSessionInfo session, MailCommand mail) : SmtpTransaction
    {
        private readonly MemoryStream _content = new();
        private readonly List<RcptCommand> _recipients = [];

        public override ValueTask<SmtpReply> RecipientAsync(RcptCommand recipient, CancellationToken cancellationToken)
        {
            if (recorder.OnRecipient?.Invoke(recipient) is { Code: >= 400 } refusal)
                return new(refusal);
            _recipients.Add(recipient);
            return base.RecipientAsync(recipient, cancellationToken);
        }

        public override ValueTask<SmtpReply?> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            _content.Write(bytes.Span);
            return default;
        }

        public override async ValueTask<SmtpReply> CompleteAsync(CancellationToken cancellationToken)
        {
            if (recorder.OnComplete is { } answer && await answer(cancellationToken) is { Code: >= 400 } refusal)
                return refusal;
            recorder.Messages.Enqueue(new(mail, _recipients, _content.ToArray(), session.Protocol(mail.SmtpUtf8), session.AuthenticatedAs));
            return new(250, "2.6.0", "kept");
        }

        public override ValueTask DisposeAsync()
        {
            Interlocked.Decrement(ref recorder.Open);
            return base.DisposeAsync();
        }
    }
}

internal sealed record Recorded(MailCommand Mail, IReadOnlyList<RcptCommand> Recipients, byte[] Content, string Protocol, string? User)
{
    public string Text => Encoding.Latin1.GetString(Content);
}

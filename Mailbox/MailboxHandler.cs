using Microsoft.Extensions.Options;
using Slimta.Smtp.Server;

namespace Slimta.Mailbox;

/// <summary>Takes everything, except where a recipient's local part asks for trouble; text after a "+" in it is the sender's own.</summary>
internal sealed class MailboxHandler(MailboxStore store, IOptions<MailboxOptions> options, TimeProvider time) : SmtpHandler, IDisposable
{
    private readonly Greylist _greylist = new();
    private readonly CancellationTokenSource _stopped = new();

    private MailboxStore Store { get; } = store;
    private MailboxOptions Options { get; } = options.Value;
    private TimeProvider Time { get; } = time;

    /// <summary>A mailbox for development takes all mail that the relay was given.</summary>
    public override ClientTrust TrustOf(SmtpSessionInfo session) => ClientTrust.Trusted;

    public override SmtpTransaction Begin(SmtpSessionInfo session, MailCommand mail) => new Transaction(this, session, mail);

    /// <summary>Ends the waits of clients that are made to wait.</summary>
    public void Stop() => _stopped.Cancel();

    public void Dispose() => _stopped.Dispose();

    private sealed class Transaction(MailboxHandler mailbox, SmtpSessionInfo session, MailCommand mail) : SmtpTransaction
    {
        private static readonly SmtpReply Mine = new(250, "2.1.5", "Ok");
        private readonly List<string> _recipients = [];
        private readonly MemoryStream _content = new();
        private bool _slow;
        private bool _drop;

        public override ValueTask<SmtpReply> RecipientAsync(RcptCommand recipient, CancellationToken cancellationToken)
        {
            var address = recipient.Mailbox.ToString();
            switch (recipient.Mailbox.LocalPart.Split('+')[0].ToLowerInvariant())
            {
                case "tempfail":
                    return new(new SmtpReply(450, "4.2.0", "Not now, as you asked"));
                case "permfail":
                    return new(new SmtpReply(550, "5.1.1", "Never, as you asked"));
                case "drop-before-reply":
                    throw new SessionEndedException(SmtpSessionEndReason.Dropped);
                case "greylist" when mailbox._greylist.IsFirst($"{mail.Sender} {address}"):
                    return new(new SmtpReply(451, "4.7.1", "Greylisted: the second try is taken"));
                case "drop-after-dot":
                    _drop = true;
                    break;
                case "slow":
                    _slow = true;
                    break;
                default:
                    break;
            }
            _recipients.Add(address);
            return new(Mine);
        }

        public override ValueTask<SmtpReply?> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            _content.Write(bytes.Span);
            return default;
        }

        public override async ValueTask<SmtpReply> CompleteAsync(CancellationToken cancellationToken)
        {
            if (_slow)
                await Task.Delay(mailbox.Options.SlowDelay, mailbox.Time, mailbox._stopped.Token);
            var message = new MailboxMessage
            {
                Received = mailbox.Time.GetUtcNow(),
                Sender = mail.Sender,
                Recipients = _recipients,
                Client = session.HeloName,
                ClientAddress = session.Client?.Address.ToString(),
                Protocol = session.Protocol(mail.SmtpUtf8),
                Parameters = mail.Parameters,
                Content = _content.GetBuffer().AsMemory(0, (int)_content.Length),
            };
            mailbox.Store.Add(message);
            if (_drop)
                throw new SessionEndedException(SmtpSessionEndReason.Dropped);
            return new SmtpReply(250, "2.0.0", $"Kept as {message.Id}");
        }
    }
}

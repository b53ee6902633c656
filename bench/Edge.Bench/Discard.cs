using Slimta.Smtp;
using Slimta.Smtp.Server;

namespace Slimta.Bench;

/// <summary>Takes everything and keeps nothing: what the SMTP server itself costs.</summary>
internal sealed class Discard : SmtpHandler
{
    public override SmtpTransaction Begin(SmtpSessionInfo session, MailCommand mail) => new Transaction();

    private sealed class Transaction : SmtpTransaction
    {
        private static readonly SmtpReply Done = new(250, "2.6.0", "discarded");

        public override ValueTask<SmtpReply?> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => default;

        public override ValueTask<SmtpReply> CompleteAsync(CancellationToken cancellationToken) => new(Done);
    }
}

using Slimta.Smtp;
using Slimta.Smtp.Server;

namespace Slimta.Fuzz.Targets;

/// <summary>A command line: what a stranger may say, a client that may relay may say too, and it means the same.</summary>
internal static class CommandTarget
{
    public static void Read(byte[] bytes)
    {
        foreach (var command in new[] { SmtpCommandLine.Parse(bytes), SmtpCommandLine.ParseLenient(bytes) })
        {
            Claim.That(command.Argument is null || !command.Argument.AsSpan().ContainsAny('\r', '\n', '\0'));
            if (PathCommandParser.TryParseMail(command.Argument, 1000, ClientTrust.Stranger, out var mail) is null)
            {
                Claim.That(mail!.Sender.Length == 0 || SmtpMailbox.TryParse(mail.Sender, out _));
                Claim.That(PathCommandParser.TryParseMail(command.Argument, 1000, ClientTrust.Trusted, out var trusted) is null && trusted!.Sender == mail.Sender);
            }
            if (PathCommandParser.TryParseRcpt(command.Argument, utf8: true, ClientTrust.Stranger, out var rcpt) is null)
            {
                Claim.That(SmtpMailbox.TryParse(rcpt!.Mailbox.ToString(), out _));
                Claim.That(PathCommandParser.TryParseRcpt(command.Argument, true, ClientTrust.Trusted, out var trusted) is null && trusted!.Mailbox == rcpt.Mailbox);
            }
            if (PathCommandParser.TryParseRcpt(command.Argument, utf8: true, ClientTrust.Trusted, out rcpt) is null)
                Claim.That(SmtpMailbox.TryParseLenient(rcpt!.Mailbox.ToString(), out var again) && again == rcpt.Mailbox);
        }
    }
}

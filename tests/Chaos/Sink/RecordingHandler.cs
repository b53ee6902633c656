using System.Collections.Concurrent;
using System.Text.Json;
using Slimta.Chaos.Mail;
using Slimta.Smtp;
using Slimta.Smtp.Server;

namespace Slimta.Chaos.Sink;

/// <summary>Does what the recipients ask for, and records what it takes.</summary>
internal sealed class RecordingHandler(Stream records) : SmtpHandler
{
    private static readonly TimeSpan SlowReply = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, bool> _asked = new();

    public override SmtpTransaction Begin(SmtpSessionInfo session, MailCommand mail) => new Transaction(this, session, mail);

    private void Record(Arrival arrival)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(arrival);
        lock (_gate)
        {
            records.Write([.. line, (byte)'\n']);
            records.Flush();
        }
    }

    /// <summary>True the first time that this is asked, in this process.</summary>
    private bool IsFirst(string address) => _asked.TryAdd(address, true);

    private sealed class Transaction(RecordingHandler sink, SmtpSessionInfo session, MailCommand mail) : SmtpTransaction
    {
        private readonly List<string> _recipients = [];
        private readonly MemoryStream _content = new();

        public override ValueTask<SmtpReply> RecipientAsync(RcptCommand recipient, CancellationToken cancellationToken)
        {
            var address = recipient.Mailbox.ToString();
            switch (Trouble.Of(address))
            {
                case Trouble.Later when sink.IsFirst(address):
                    return new(new SmtpReply(450, "4.2.0", "Not now"));
                case Trouble.Never:
                    return new(new SmtpReply(550, "5.1.1", "Never"));
                case Trouble.Drop when sink.IsFirst(address):
                    throw new SessionEndedException(SmtpSessionEndReason.Dropped);
                default:
                    _recipients.Add(address);
                    return base.RecipientAsync(recipient, cancellationToken);
            }
        }

        public override ValueTask<SmtpReply?> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            _content.Write(bytes.Span);
            return default;
        }

        public override async ValueTask<SmtpReply> CompleteAsync(CancellationToken cancellationToken)
        {
            var at = Clock.Now;
            var asked = _recipients.Select(Trouble.Of).ToHashSet();
            if (asked.Contains(Trouble.DotNever))
                return new(554, "5.6.0", "Never");
            if (_recipients.Find(address => Trouble.Of(address) == Trouble.DotLater) is { } later && sink.IsFirst(later))
                return new(451, "4.3.0", "Not now");
            var drops = _recipients.Find(address => Trouble.Of(address) == Trouble.DropAfterDot) is { } drop && sink.IsFirst(drop);
            var reply = new SmtpReply(250, "2.0.0", $"Kept at {at}");
            sink.Record(Received.Read(_content.GetBuffer().AsSpan(0, (int)_content.Length), new(
                at, session.Local!.Port.ToString(), session.HeloName ?? "", session.Client!.Port, mail.Sender, _recipients,
                "", "", "", drops ? "dropped" : reply.ToString(), "", [])));
            // The harm itself: a server that takes its time.
            if (asked.Contains(Trouble.Slow))
                await Task.Delay(SlowReply, TimeProvider.System, cancellationToken);
            return drops ? throw new SessionEndedException(SmtpSessionEndReason.Dropped) : reply;
        }
    }
}

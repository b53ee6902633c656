namespace Slimta.Smtp.Client;

/// <summary>Keeps the outcome of each recipient so far, so that each has one however the transaction ends.</summary>
internal sealed class TransactionProgress
{
    private SmtpReply? _mail;
    private SmtpReply? _lastNegative;

    public TransactionProgress(int recipients)
    {
        Replies = new RecipientReply[recipients];
        Array.Fill(Replies, new(TransactionOutcome.NotSent, null, null, SmtpStage.Mail));
    }

    public RecipientReply[] Replies { get; }
    public int Count => Replies.Length;

    /// <summary>Recipients that the server took at RCPT and that have no outcome yet.</summary>
    public int Accepted { get; private set; }
    public bool MailAccepted => _mail is { IsPositive: true };
    public bool DataAccepted { get; private set; }

    /// <summary>The end of the content may have reached the server.</summary>
    public bool AllSent { get; set; }

    /// <summary>The server answered with something that the protocol does not know.</summary>
    public bool IsConfused { get; private set; }

    public void OnMail(SmtpReply reply)
    {
        _mail = Note(reply);
        if (reply.IsPositive)
            return;
        for (var i = 0; i < Count; i++)
            Decide(i, reply, SmtpStage.Mail);
    }

    public void OnRecipient(int index, SmtpReply reply)
    {
        Note(reply);
        if (!MailAccepted)
            return;
        if (!reply.IsPositive)
        {
            Decide(index, reply, SmtpStage.Recipient);
            return;
        }
        Replies[index] = new(TransactionOutcome.NotSent, null, null, SmtpStage.Recipient);
        Accepted++;
    }

    public void OnData(SmtpReply reply)
    {
        Note(reply);
        DataAccepted = reply.Code == 354;
        if (DataAccepted)
            return;
        DecideOpen(reply, SmtpStage.Data);
    }

    /// <summary>One reply for all recipients that the server took.</summary>
    public void OnFinal(SmtpReply reply) => DecideOpen(reply, SmtpStage.Final);

    /// <summary>LMTP: a reply for each (RFC 2033 §4.2).</summary>
    public void OnFinal(int index, SmtpReply reply) => Decide(index, reply, SmtpStage.Final);

    /// <summary>The next recipient that LMTP owes a reply for; -1 when there is none.</summary>
    public int NextUnanswered() => Array.FindIndex(Replies, IsOpen);

    /// <summary>The connection is gone. Before the end of the content no recipient got it; after, the outcome is unknown.</summary>
    public void Break(SmtpSessionException e)
    {
        var outcome = AllSent ? TransactionOutcome.Unknown : e.Cancelled ? TransactionOutcome.NotSent : TransactionOutcome.Transient;
        var reply = e.Reply ?? (AllSent ? null : _lastNegative);
        for (var i = 0; i < Count; i++)
        {
            if (Replies[i].Outcome == TransactionOutcome.NotSent)
                Replies[i] = new(outcome, reply, e.Message, AllSent ? SmtpStage.Final : e.Stage);
        }
    }

    /// <summary>We cannot send it; the server never saw the end.</summary>
    public void Refuse(string problem)
    {
        for (var i = 0; i < Count; i++)
        {
            if (IsOpen(Replies[i]))
                Replies[i] = new(TransactionOutcome.Permanent, null, problem, SmtpStage.Content);
        }
    }

    private static bool IsOpen(RecipientReply reply) =>
        reply is { Outcome: TransactionOutcome.NotSent, Stage: SmtpStage.Recipient };

    /// <summary>A 421 or the like explains a connection that closes after it.</summary>
    private SmtpReply Note(SmtpReply reply)
    {
        if (reply.Code == 421)
            _lastNegative = reply;
        return reply;
    }

    private void DecideOpen(SmtpReply reply, SmtpStage stage)
    {
        for (var i = 0; i < Count; i++)
        {
            if (IsOpen(Replies[i]))
                Decide(i, reply, stage);
        }
        Accepted = 0;
    }

    private void Decide(int index, SmtpReply reply, SmtpStage stage)
    {
        // A 2yz to DATA or a 3yz to any other command does not answer it: nothing was promised, so try again later.
        var delivered = reply.IsPositive && stage == SmtpStage.Final;
        IsConfused |= !delivered && !reply.IsTransient && !reply.IsPermanent;
        var outcome = delivered ? TransactionOutcome.Delivered : reply.IsPermanent ? TransactionOutcome.Permanent : TransactionOutcome.Transient;
        Replies[index] = new(outcome, reply, null, stage);
    }
}

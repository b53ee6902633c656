using Slimta.Smtp.Client;
using Slimta.Storage;

namespace Slimta.Relay.Delivery;

/// <summary>One destination's recipients of one message: a place in its lane, a session, as many transactions as it takes.</summary>
internal sealed class GroupDelivery(
    DeliveryContext context, Destination destination, List<Recipient> recipients, ContentVariants content, LaneSet lanes, Connector connector,
    Siblings siblings, FailingDestinations failing, ILogger log)
{
    /// <summary>Servers must take this many (RFC 5321 §4.5.3.1.8); the rest goes in another transaction.</summary>
    private const int MaxRecipients = 100;

    private readonly List<RecipientResult> _results = new(recipients.Count);

    public async Task<IReadOnlyList<RecipientResult>> RunAsync()
    {
        var cancellationToken = context.CancellationToken;
        var lane = lanes.For(destination);
        try
        {
            var admission = await lane.Lane.EnterAsync(cancellationToken, context);
            while (admission.RetryAfter is { } turn && await siblings.WaitAsync(turn, cancellationToken))
                admission = await lane.Lane.EnterAsync(cancellationToken, context);
            if (admission.Place is { } place)
                await DeliverAsync(lane, place, cancellationToken);
            else if (admission.Problem is { } problem)
                _results.AddRange(recipients.Select(recipient => RecipientResults.LeftAlone(recipient, problem)));
            else
                _results.AddRange(recipients.Select(recipient => RecipientResults.NotTried(recipient, "The destination is busy.", admission.RetryAfter)));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Conclude(recipient => RecipientResults.NotTried(recipient, "The relay gave up before this delivery began."));
        }
        catch (Exception e) when (e is not (QueueException or OperationCanceledException or OutOfMemoryException))
        {
            // It concerns these recipients, and no others.
            RelayLog.DeliveryFailed(log, context.Message.Id, RelayLog.Recipients(recipients.Count), e);
            Conclude(recipient => RecipientResults.Refused(recipient, "4.3.0", $"Delivery to this destination threw ({e.GetType().Name})."));
        }
        finally
        {
            lane.Done();
            failing.Note(destination.Key.Place, _results);
        }
        return _results;
    }

    private async Task DeliverAsync(LaneSet.Entry lane, Place place, CancellationToken cancellationToken)
    {
        var contact = Contact.None;
        SmtpConnection? connection = null;
        siblings.Begin();
        try
        {
            connection = lane.Idle.TryTake();
            place.Connection = connection;
            connection ??= await OpenAsync(place, cancellationToken);
            var todo = new Queue<Recipient>(recipients);
            while (todo.Count > 0)
            {
                if (!connection.IsReusable)
                {
                    lane.Idle.Return(connection);
                    connection = null;
                    connection = await OpenAsync(place, cancellationToken);
                }
                var isKept = connection.Transactions > 0;
                var outcome = await TransactAsync(connection, Take(todo), cancellationToken);
                contact = outcome.Contact;
                // A kept connection that fails before our MAIL was taken says nothing about this message: try once more, over a new one.
                if (isKept && outcome.NeverBegan)
                {
                    connection.Retire();
                    outcome.Again.AddRange(outcome.Results.Select(result => result.Recipient));
                }
                else
                    _results.AddRange(outcome.Results);
                outcome.Again.ForEach(todo.Enqueue);
            }
        }
        catch (SmtpSessionException e)
        {
            contact = e.Cancelled ? Contact.None : Contact.Failed(RecipientResults.StatusOf(e), e.Message);
            Conclude(recipient => RecipientResults.From(recipient, e));
        }
        catch (UnroutableException e)
        {
            contact = e.Failure.IsPermanent ? Contact.Answered : new Contact(false, e.Failure);
            Conclude(recipient => RecipientResults.From(recipient, e.Failure));
        }
        finally
        {
            if (connection is not null)
                lane.Idle.Return(connection);
            place.Leave(contact);
            siblings.End();
        }
    }

    private Task<SmtpConnection> OpenAsync(Place place, CancellationToken cancellationToken) =>
        place.OpenAsync(token => connector.OpenAsync(destination, token), cancellationToken);

    /// <summary>The same for all that have no result yet.</summary>
    private void Conclude(Func<Recipient, RecipientResult> result)
    {
        var done = _results.Select(done => done.Recipient.Index).ToHashSet();
        _results.AddRange(recipients.Where(recipient => !done.Contains(recipient.Index)).Select(result));
    }

    private async Task<Outcome> TransactAsync(SmtpConnection connection, List<Recipient> batch, CancellationToken cancellationToken)
    {
        var results = new List<RecipientResult>(batch.Count);
        var again = new List<Recipient>();
        using var activity = RelayTelemetry.StartTransaction(connection.Target, batch.Count);
        if (await Adaptation.AdaptAsync(context.Message, batch, connection, content, results, cancellationToken) is not { } transaction)
            return new(results, again, NeverBegan: false, Contact.Answered);
        RecipientReply[] replies;
        try
        {
            replies = await connection.SendAsync(transaction with { CanCommit = () => context.CanCommit }, cancellationToken);
        }
        catch (LongLineException)
        {
            // Found while it was sent, and the server has not got it: once more, encoded.
            content.HasLongLine = true;
            again.AddRange(batch);
            return new(results, again, NeverBegan: false, Contact.Answered);
        }
        RelayTelemetry.EndTransaction(activity, connection, replies);

        var anyAccepted = replies.Any(reply => reply.Stage >= SmtpStage.Data);
        for (var i = 0; i < replies.Length; i++)
        {
            // RFC 5321 §4.5.3.1.10: too many recipients at once; those before were taken, so the rest may come right after.
            if (anyAccepted && replies[i] is { Stage: SmtpStage.Recipient, Reply.Code: 452 } reply && reply.Reply.EnhancedCode is null or "4.5.3")
                again.Add(batch[i]);
            else
                results.Add(RecipientResults.From(batch[i], replies[i], connection));
        }
        var neverBegan = Array.TrueForAll(replies, reply => reply is
        {
            Outcome: TransactionOutcome.Transient or TransactionOutcome.Permanent,
            Stage: <= SmtpStage.Mail or SmtpStage.Reset,
        });
        return new(results, again, neverBegan, ContactOf(replies));
    }

    /// <summary>True if the server answered, with any reply; a session that ends in silence is no answer.</summary>
    private static Contact ContactOf(RecipientReply[] replies) =>
        Array.Exists(replies, reply => reply.Reply is not null) ? Contact.Answered
        : Array.Find(replies, reply => reply.Outcome is TransactionOutcome.Transient or TransactionOutcome.Unknown) is { Problem: { } problem } ? Contact.Failed("4.4.2", problem)
        : Contact.None;

    private static List<Recipient> Take(Queue<Recipient> todo)
    {
        var batch = new List<Recipient>(Math.Min(MaxRecipients, todo.Count));
        while (batch.Count < MaxRecipients && todo.TryDequeue(out var recipient))
            batch.Add(recipient);
        return batch;
    }

    private sealed record Outcome(List<RecipientResult> Results, List<Recipient> Again, bool NeverBegan, Contact Contact);
}

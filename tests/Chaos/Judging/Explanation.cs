using Slimta.Chaos.Faults;

namespace Slimta.Chaos.Judging;

/// <summary>Why a message came twice. Only an outcome that could not be known excuses it, and only where the harm is on record.</summary>
internal sealed class Explanation(Evidence evidence, OperatorJudge operators, ServerKind server)
{
    /// <summary>What a fault still spoils after its end: connections are opened anew, and a call under way times out.</summary>
    private static readonly long Aftermath = Clock.Seconds(5);

    public Cause Of(Sent message, string recipient, Arrival first, Arrival second)
    {
        // 0. What was sent again without a key, as its sender had no answer, is two messages (RFC 1047 once more).
        if (!first.IsReport && first.Id != second.Id && evidence.SendingsOf(message.Token) > 1)
            return new(true, "sent again, as the answer did not reach the sender");

        if (operators.IsResent(second))
            return new(true, "an operator sent it again");

        // 1. The relay never had the reply to the dot: RFC 1047.
        if (evidence.TransferOf(first) is not { Replied: { } replied } transfer || GaveUp(message, first, transfer.Dot, replied))
            return new(true, "the reply to the dot did not reach the relay");

        // 2. It had, and the queue's server has noted it: there is no excuse for a second time.
        var settled = Settlement(message, recipient, first, second);
        if (settled is not null)
            return new(false, $"{settled.Link} had settled it ({settled.Step}: {settled.Reply})");

        // 3. It could not: somebody did harm to the relay, to the server, or to what is between them, at that time.
        var relay = first.Relay[..first.Relay.LastIndexOf('.')];
        var harm = evidence.Faults.FirstOrDefault(fault => Concerns(fault, relay)
            && fault.Begin < second.At && fault.End + Aftermath > transfer.Dot);
        return harm is null
            ? new(false, $"{relay} had the reply and did not settle it, though nothing was done to it")
            : new(true, $"not settled: {harm.Name} of {harm.Target}");
    }

    /// <summary>It had put the message off already when the reply came: it waits for a reply no longer than its settings say.</summary>
    private bool GaveUp(Sent message, Arrival first, long dot, long replied) =>
        (first.IsReport ? ReportOf(message) : first.Id) is { } id
        && evidence.CallsOf(id).Exists(call => call.Step == "retry" && call.At > dot && call.At < replied);

    /// <summary>Out of memory is no excuse: settlements go on then.</summary>
    private bool Concerns(FaultRecord fault, string relay) => fault.Name != "memory" && (
        fault.Target == relay || fault.Target == Stalls.Target || fault.Target == "queue" || fault.Target == $"{relay}>queue" || (server == ServerKind.Garnet && fault.Target == "standalone"));

    /// <summary>What was executed between the two and ended the matter for this recipient, by any caller's order.</summary>
    private QueueCall? Settlement(Sent message, string recipient, Arrival first, Arrival second)
    {
        var id = first.IsReport ? ReportOf(message) : first.Id;
        var index = first.IsReport ? 0 : message.Accepted.IndexOf(recipient);
        return id is null ? null : evidence.CallsOf(id).Find(call =>
            call.Ids[0] == id && call.Ends(index) && call.At > first.At && call.Answered < second.At && evidence.IsDurable(call));
    }

    /// <summary>The id of the report about a message; of several, it is unknown which.</summary>
    private string? ReportOf(Sent message)
    {
        var reports = message.Id is null ? [] : evidence.CallsOf(message.Id)
            .Where(call => call.Step == "bounce" && call.Succeeded && call.Ids[0] == message.Id).SelectMany(call => call.Ids.Skip(1)).ToList();
        return reports.Count == 1 ? reports[0] : null;
    }
}

/// <param name="IsCause">It explains it.</param>
internal sealed record Cause(bool IsCause, string Text);

using Slimta.Chaos.Faults;
using Slimta.Chaos.Mail;
using Slimta.Chaos.Sick;

namespace Slimta.Chaos.Judging;

/// <summary>Compares what was promised with what came. It knows nothing of how the queue works, only what it must never do.</summary>
/// <param name="ward">Null: all destinations were well.</param>
internal sealed class Judge(Journal journal, ServerKind server, Ward? ward)
{
    private readonly Evidence _evidence = new(journal, server);
    private readonly List<Failure> _failures = [];
    private readonly List<Duplicate> _duplicates = [];
    private int _bounced;
    private OperatorJudge _operators = null!;

    /// <summary>Storage:CheckInterval of these processes, and what a look takes.</summary>
    private static readonly long Noticed = Clock.Seconds(8);

    public Verdict Decide(IReadOnlyList<string> leftInServer)
    {
        _operators = new OperatorJudge(journal, _evidence, id => ward?.Damaged.ContainsKey(id) is true, Fail);
        var sent = journal.Sent.Where(message => message.Acknowledged is not null || _evidence.HasArrived(message.Token)).GroupBy(message => message.Token);
        foreach (var message in sent)
            Decide(message.OrderBy(m => m.Acknowledged is null).First());
        foreach (var message in journal.Sent.Where(message => message.Reply.StartsWith("HTTP 4", StringComparison.Ordinal)))
            Fail("refused", message.Token, $"nothing was wrong with it, and the answer was {message.Reply}");
        foreach (var arrival in journal.Arrivals.Where(arrival => !_evidence.WasSent(arrival.Token)))
            Fail("unknown", arrival.Token, $"a message arrived that was never sent (token {arrival.Token})");
        foreach (var id in _evidence.Ids)
            DecideHolder(id);
        foreach (var key in leftInServer)
            Fail(key.Contains(":held", StringComparison.Ordinal) ? "held" : "left over", key, $"still in the server although the queue is empty: {key}");
        foreach (var (token, problem) in ward?.Unexplained ?? [])
            Fail("damaged", token, $"its record was damaged, and {problem}");
        DecidePromise();
        _operators.Decide();
        var audited = new AuditJudge(journal, _evidence, Fail).Decide();
        var (before, beside) = DecideService();
        return new Verdict
        {
            Before = before,
            BesideSick = beside,
            Failures = _failures,
            Duplicates = _duplicates,
            Bounced = _bounced,
            Audited = audited,
            Dropped = _operators.Dropped,
            Resent = _operators.Resent,
        };
    }

    /// <summary>A server that would forget mail gets none, from the next look at it on.</summary>
    private void DecidePromise()
    {
        foreach (var fault in _evidence.Faults.Where(fault => fault.Name == RedisFaults.Promise))
        {
            foreach (var message in journal.Sent.Where(message => message.Acknowledged > fault.Begin + Noticed && message.Acknowledged < fault.End))
                Fail("taken without a promise", message.Token, $"acknowledged {(message.Acknowledged - fault.Begin) / 1_000_000} s after {fault.What}");
        }
    }

    /// <summary>Sick mail must not hold up what is healthy.</summary>
    private (Delays Before, Delays BesideSick) DecideService()
    {
        var sick = journal.Sent.Where(message => message.Acknowledged is not null && message.Recipients.Any(Delays.IsSick)).Select(message => message.Acknowledged).Min() ?? long.MaxValue;
        var (before, beside) = (new List<long>(), new List<long>());
        foreach (var message in journal.Sent.Where(message => Delays.IsHealthy(message) && (ward is null || message.Acknowledged < ward.Healed)))
        {
            if (Delays.Of(message, _evidence.ArrivalsOf(message.Token)) is not { } delay)
                continue;
            (message.Acknowledged < sick ? before : beside).Add(delay);
            if (message.Acknowledged >= sick && delay > Delays.Starved && !IsHarmed(message.Acknowledged!.Value, delay))
                Fail("starved", message.Token, $"nothing was wrong with its recipients, and it took {delay / 1_000_000} s beside mail for sick destinations");
        }
        return (Delays.Of(before), Delays.Of(beside));
    }

    /// <summary>Something else was done then, or so shortly before that its backlog may not have been worked off.</summary>
    private bool IsHarmed(long acknowledged, long delay) => _evidence.Faults.Any(fault => fault.Name is not ("sick" or "damage")
        && fault.Begin < acknowledged + delay && fault.End + Delays.Starved > acknowledged)
        || journal.Orders.Any(call => call.Order.Action is "sets" or "hold" or "reschedule" && call.At < acknowledged + delay && call.Until + Delays.Starved > acknowledged);

    private void Decide(Sent message)
    {
        var arrivals = _evidence.ArrivalsOf(message.Token);
        foreach (var arrival in arrivals.Where(arrival => !arrival.IsReport && arrival.Hash != message.Hash))
            Fail("altered", message.Token, $"arrived at {Clock.Text(arrival.At)} with another content");

        DecideWrites(message, arrivals);
        DecideRemoval(message, arrivals);

        var reports = arrivals.Where(arrival => arrival.IsReport).ToList();
        var explain = new Explanation(_evidence, _operators, server);
        foreach (var recipient in message.Recipients)
            Decide(message, recipient, arrivals, reports, explain);
        foreach (var report in reports.GroupBy(report => report.MessageId))
            Duplicates(message, message.Sender, [.. report], explain);
    }

    /// <summary>What was sent once, or again under the same key, is one message in the queue: the one that the answer named.</summary>
    private void DecideWrites(Sent message, List<Arrival> arrivals)
    {
        var ids = arrivals.Where(arrival => !arrival.IsReport && !_operators.IsResent(arrival)).Select(arrival => arrival.Id).Distinct().ToList();
        // A sweep is sent without a key until it is taken.
        if (ids.Count > 1 && _evidence.SendingsOf(message.Token) == 1)
            Fail("written twice", message.Token, $"it came out of the queue as {string.Join(" and ", ids)}");
        if (message.Id is not null && ids.Count > 0 && !ids.Contains(message.Id))
            Fail("another id", message.Token, $"the answer named {message.Id}, and it came out of the queue as {ids[0]}");
    }

    /// <summary>Once another relay has taken a message, all that the one before asks for must be refused.</summary>
    private void DecideHolder(string id)
    {
        var calls = _evidence.CallsOf(id);
        var claims = calls.Where(call => call.Step == "claim" && call.Answered is not null).ToList();
        foreach (var settled in calls.Where(call => call.IsSettlement && call.Succeeded && call.Ids[0] == id))
        {
            var own = claims.LastOrDefault(claim => claim.Link == settled.Link && claim.At < settled.At);
            var other = claims.Find(claim => claim.Link != settled.Link && claim.At > own?.Answered && claim.Answered < settled.At && _evidence.IsDurable(claim));
            if (other is not null)
                Fail("not the holder", id, $"{settled.Link} was let do {settled.Step} at {Clock.Text(settled.At)} with {id}, which was {other.Link}'s");
        }
    }

    /// <summary>
    /// When a message goes, each of its recipients has it or the report is in the queue, by the same call or one before: in between
    /// there would be nothing that a crash leaves.
    /// </summary>
    private void DecideRemoval(Sent message, List<Arrival> arrivals)
    {
        var calls = message.Id is null ? [] : _evidence.CallsOf(message.Id);
        // What was not answered may have been executed.
        if (calls.Find(call => call.Step == "remove" && call.Succeeded) is not { } removal
            || calls.Exists(call => call.Step == "bounce" && call.Ids[0] == message.Id && call.At < removal.At && (call.Succeeded || call.Answered is null)))
            return;
        foreach (var recipient in message.Accepted.Where(recipient =>
            !arrivals.Exists(arrival => !arrival.IsReport && arrival.At < removal.At && arrival.Recipients.Contains(recipient))
            && !_operators.IsEnded(message.Token, recipient)))
            Fail("removed too soon", message.Token, $"{removal.Link} removed it at {Clock.Text(removal.At)} when {recipient} had it not, and no report was in the queue");
    }

    private void Decide(Sent message, string recipient, List<Arrival> arrivals, List<Arrival> reports, Explanation explain)
    {
        var delivered = arrivals.Where(arrival => !arrival.IsReport && arrival.Recipients.Contains(recipient)).ToList();
        var told = reports.Where(report => report.Failed.Contains(recipient)).Select(report => report.MessageId).Distinct().Count();
        if (told > 0)
            _bounced++;
        if (message.Acknowledged is not null && message.Accepted.Contains(recipient) && delivered.Count == 0 && told == 0 && !_operators.IsEnded(message.Token, recipient) && ward?.Damaged.ContainsKey(message.Id ?? "") is not true)
            Fail("lost", message.Token, $"250 for {recipient}, and it neither arrived nor bounced");
        if (told > 1 + _operators.ResendsOf(message.Token))
            Fail("reported twice", message.Token, $"{told} different reports tell of {recipient}");
        if (told > 0 && delivered.Count > 0 && !IsBouncedAfterwards(message, recipient, delivered, reports, explain))
            Fail("delivered and bounced", message.Token, $"{recipient} has it, and the sender was told that it failed");
        if (told > 0 && !MayBounce(message, recipient) && !_operators.IsBounced(message.Token, recipient))
            Fail("bounced", message.Token, $"{recipient} takes mail, and yet the sender was told that it failed");
        if (delivered.Count > 0 && Trouble.Bounces(recipient))
            Fail("taken", message.Token, $"{recipient} takes none");
        Duplicates(message, recipient, delivered, explain);
    }

    /// <summary>
    /// By an operator: what was sent again then, or of which no relay could tell the queue that it had arrived. Also by a server at the end of an
    /// ordered route, where all recipients are in one transaction: it refused what had arrived by the usual way without a reply.
    /// </summary>
    private bool IsBouncedAfterwards(Sent message, string recipient, List<Arrival> delivered, List<Arrival> reports, Explanation explain)
    {
        if (!_operators.IsBounced(message.Token, recipient) && !(_operators.IsRouted(message) && MayBounce(message, recipient)))
            return false;
        var report = reports.First(report => report.Failed.Contains(recipient));
        var ordered = message.Id is null ? null : _evidence.CallsOf(message.Id).Find(call => call.Step == "bounce" && call.Succeeded);
        return delivered.TrueForAll(arrival => _operators.IsResent(arrival)
            || explain.Of(message, recipient, arrival, report with { At = ordered?.At ?? report.At }).IsCause);
    }

    /// <summary>Who refuses at the dot refuses for all of that transaction, which are those of its domain, or of the route that was ordered.</summary>
    private bool MayBounce(Sent message, string recipient) => Trouble.Bounces(recipient)
        || message.Recipients.Any(other => Trouble.Of(other) == Trouble.DotNever && (other.Split('@')[1] == recipient.Split('@')[1] || _operators.IsRouted(message)));

    private void Duplicates(Sent message, string recipient, List<Arrival> arrivals, Explanation explain)
    {
        foreach (var (first, second) in arrivals.OrderBy(arrival => arrival.At).Zip(arrivals.OrderBy(arrival => arrival.At).Skip(1)))
        {
            var cause = explain.Of(message, recipient, first, second);
            _duplicates.Add(new(message.Token, recipient, cause.Text, cause.IsCause));
            if (!cause.IsCause)
                Fail("duplicate", message.Token, $"{recipient} has it twice, from {Clock.Text(first.At)} and {Clock.Text(second.At)}: {cause.Text}");
        }
    }

    private void Fail(string kind, string token, string what) => _failures.Add(new(kind, token, what));
}

using System.Text.RegularExpressions;
using Slimta.Chaos.Operating;

namespace Slimta.Chaos.Judging;

/// <summary>
/// What operators and rules may have ended, by the history; and whether that tells the truth: of each message once, of each recipient what
/// was seen of it, and of each end that was ordered an order that meant it.
/// </summary>
internal sealed partial class OperatorJudge
{
    /// <summary>Who withdraws what its sender was told was not accepted.</summary>
    private const string Edge = "the edge";

    private readonly Journal _journal;
    private readonly Evidence _evidence;
    private readonly Action<string, string, string> _fail;
    private readonly Func<string, bool> _isDamaged;
    private readonly ILookup<string, Ended> _ended;
    private readonly Dictionary<int, Order> _orders;
    private readonly ILookup<string, OrderCall> _resends;
    private readonly Dictionary<string, string> _originals;
    private readonly List<Order> _routes;

    public OperatorJudge(Journal journal, Evidence evidence, Func<string, bool> isDamaged, Action<string, string, string> fail)
    {
        (_journal, _evidence, _isDamaged, _fail) = (journal, evidence, isDamaged, fail);
        _ended = journal.Ended.ToLookup(ended => ended.Token);
        _originals = journal.Ended.Where(ended => ended.ResentFrom is not null).DistinctBy(ended => ended.Id).ToDictionary(ended => ended.Id, ended => ended.ResentFrom!);
        _orders = journal.Orders.Select(call => call.Order).Where(order => order.Action is not ("removes" or "count")).DistinctBy(order => order.Number).ToDictionary(order => order.Number);
        _routes = [.. _orders.Values.Where(order => order.Action == "route" && order.Via.Length > 0)];
        var tokens = journal.Ended.DistinctBy(ended => ended.Id).ToDictionary(ended => ended.Id, ended => ended.Token);
        _resends = journal.Orders.Where(call => call.Order.Action == "resend" && (call.Succeeded || call.IsUnknown)).ToLookup(call => tokens.GetValueOrDefault(call.Order.Target, ""));
    }

    /// <summary>Messages that an order or a rule ended, or sent again.</summary>
    public int Dropped => _journal.Ended.Count(ended => ended.Outcome == "dropped");
    public int Resent => _journal.Ended.Count(ended => ended.ResentFrom is not null);

    /// <summary>It has not arrived, and its sender was not told, as an operator wanted it so.</summary>
    public bool IsEnded(string token, string recipient) =>
        OutcomesOf(token, recipient).Any(one => one.Recipient.Outcome == "dropped" && one.Ended.By != Edge)
        || (OutcomesOf(token, recipient).Any(one => one.Recipient.Outcome == "bounced") && _ended[token].Any(ended => ended.Sender.Length == 0 && ended.Outcome is "dropped" or "bounced"));

    /// <summary>An operator had it bounced.</summary>
    public bool IsBounced(string token, string recipient) =>
        OutcomesOf(token, recipient).Any(one => one.Recipient.Outcome == "bounced" && OrderOf(one.Recipient.Words) is { Action: "bounce" });

    /// <summary>An operator ordered a route for it: all its recipients may have been in one transaction.</summary>
    public bool IsRouted(Sent message) => _routes.Exists(order =>
        order.Target == message.Id || _ended[message.Token].Any(ended => order.Means(ended, message.Recipients[0])));

    /// <summary>Orders to send it again, which may have come to something.</summary>
    public int ResendsOf(string token) => _resends[token].Select(call => call.Order.Number).Distinct().Count();

    /// <summary>An operator had ordered to send it again before it arrived. It has the id of the first in its Received field.</summary>
    public bool IsResent(Arrival arrival) => !arrival.IsReport && _resends[arrival.Token].Any(call => call.Order.Target == arrival.Id && call.At < arrival.At);

    public void Decide()
    {
        foreach (var (id, reason) in _journal.StrangeHolds)
            _fail("held", id, $"neither an operator nor a rule put {id} on hold: {reason}");
        if (_journal.Ended.Count == 0)
            return;
        foreach (var twice in _journal.Ended.GroupBy(ended => ended.Id).Where(group => group.Count() > 1))
            _fail("history", twice.First().Token, $"{twice.Key} is in it {twice.Count()} times");
        var known = _journal.Ended.Select(ended => ended.Id).ToHashSet();
        foreach (var sent in _journal.Sent.Where(sent => sent.Id is { } id && !known.Contains(id) && !_isDamaged(id)))
            _fail("history", sent.Token, $"{sent.Id} is over, and nothing is known of it");
        foreach (var ended in _journal.Ended.Where(ended => !_isDamaged(ended.Id)))
            Decide(ended);
        foreach (var resent in _journal.Ended.Where(ended => ended.ResentFrom is not null).GroupBy(ended => ended.ResentFrom!))
        {
            if (resent.Count() > _journal.Orders.Where(call => call.Order.Action == "resend" && call.Order.Target == resent.Key).DistinctBy(call => call.Order.Number).Count())
                _fail("sent again twice", resent.First().Token, $"{resent.Key} became {string.Join(" and ", resent.Select(ended => ended.Id))}");
        }
        DecideCounts();
    }

    private void Decide(Ended ended)
    {
        if (ended.Problem is not null)
            _fail("history", ended.Token, $"{ended.Id} cannot be read in it: {ended.Problem}");
        if (ended.Outcome != "dropped" && ended.Outcome == "bounced" != ended.Recipients.Any(recipient => recipient.Outcome == "bounced"))
            _fail("history", ended.Token, $"{ended.Id} is {ended.Outcome}, and its recipients are {string.Join(", ", ended.Recipients.Select(recipient => recipient.Outcome))}");
        var arrivals = _evidence.ArrivalsOf(ended.Token);
        foreach (var recipient in ended.Recipients)
        {
            var order = OrderOf(ended.Reason ?? "") ?? OrderOf(recipient.Words);
            switch (recipient.Outcome)
            {
                case "delivered" when ended.Sender.Length > 0 && arrivals.Count(arrival => arrival.Id == OriginalOf(ended.Id) && arrival.Recipients.Contains(recipient.Address)) < DeliveriesOf(ended, recipient.Address):
                    _fail("history", ended.Token, $"{ended.Id} is delivered to {recipient.Address}, which has it not");
                    break;
                case "delivered" when ended.Sender.Length == 0 && !arrivals.Exists(arrival => arrival.IsReport):
                    _fail("history", ended.Token, $"{ended.Id} is delivered to {recipient.Address}, which has no report");
                    break;
                case "dropped" when ended.By == Edge:
                    if (_journal.Sent.Any(sent => sent.Id == ended.Id && sent.Acknowledged is not null))
                        _fail("history", ended.Token, $"{ended.Id} was accepted, and the edge withdrew it");
                    break;
                case "dropped" when order is not { Action: "drop" or "sets" } || !order.Means(ended, recipient.Address):
                    _fail("history", ended.Token, $"{ended.Id} is dropped for {recipient.Address} by {ended.By}, because \"{ended.Reason}{recipient.Words}\": no order meant that");
                    break;
                case "dropped" when ended.Outcome == "dropped" && order!.By != ended.By:
                    _fail("history", ended.Token, $"{ended.Id} is dropped by {ended.By}, and it was {order.By} who ordered it");
                    break;
                case "bounced" when OrderOf(recipient.Words) is { } bounce && (bounce.Action != "bounce" || !bounce.Means(ended, recipient.Address)):
                    _fail("history", ended.Token, $"{ended.Id} is bounced for {recipient.Address}, as \"{recipient.Words}\": no order meant that");
                    break;
                case "bounced" when ended.Sender.Length > 0 && !arrivals.Exists(arrival => arrival.IsReport && arrival.Failed.Contains(recipient.Address)) && !IsEnded(ended.Token, recipient.Address):
                    _fail("history", ended.Token, $"{ended.Id} is bounced for {recipient.Address}, and its sender was not told");
                    break;
            }
        }
    }

    /// <summary>As many messages were dropped as the answers say, and a job's record: it is counted in the step that ends a message.</summary>
    private void DecideCounts()
    {
        var dropped = _journal.Ended.Where(ended => ended.Outcome == "dropped").ToLookup(ended => ended.Reason ?? "");
        foreach (var call in _journal.Orders.Where(call => call.Order.Action == "drop"))
        {
            var (told, found) = (call.Succeeded ? 1 : 0, dropped[call.Order.Text].Count());
            if (call.Order.Matches is not null)
                told = _journal.Jobs.Values.FirstOrDefault(job => job.Text == call.Order.Text)?.Done ?? 0;
            if (found < told || (found > told && (call.Order.Matches is not null || !call.IsUnknown)))
                _fail("drop count", call.Order.Text, $"{AuditLine.OrderOf(call.Order)} says {told}, and the history has {found}");
        }
    }

    /// <summary>The message whose id stands in the content: what is sent again is the same content, with the Received field of the first.</summary>
    private string OriginalOf(string id) => _originals.GetValueOrDefault(id, id);

    /// <summary>How often the history has this content delivered to this recipient: by the first message, and by each that was made of it.</summary>
    private int DeliveriesOf(Ended ended, string recipient) =>
        OutcomesOf(ended.Token, recipient).Count(one => one.Recipient.Outcome == "delivered" && OriginalOf(one.Ended.Id) == OriginalOf(ended.Id));

    private IEnumerable<(Ended Ended, EndedRecipient Recipient)> OutcomesOf(string token, string recipient) =>
        from ended in _ended[token] where ended.Sender.Length > 0 from one in ended.Recipients where one.Address == recipient select (ended, one);

    private Order? OrderOf(string words) =>
        Number().Matches(words) is { Count: > 0 } found ? _orders.GetValueOrDefault(int.Parse(found[^1].Groups["number"].Value)) : null;

    [GeneratedRegex("order (?<number>[0-9]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Number();
}

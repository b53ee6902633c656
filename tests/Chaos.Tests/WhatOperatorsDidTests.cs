using System.Text.Json.Nodes;
using Slimta.Chaos.Judging;
using Slimta.Chaos.Operating;

namespace Slimta.Chaos.Tests;

/// <summary>What the judge makes of an operator's deeds, and of a history or an audit that does not tell the truth.</summary>
public sealed class WhatOperatorsDidTests
{
    private const string Kept = "0-01m84v5b92enetrzas1p1hrpva";
    private const string Gone = "0-01m84v5b92enetrzas1p1hrpvb";

    private readonly Journal _journal = new();
    private readonly Order _drop = new(1, "ann", "drop", "subject=n2", (ended, _) => ended.Subject.Contains("n2", StringComparison.Ordinal));

    public WhatOperatorsDidTests()
    {
        Send("tn1", Kept);
        Send("tn2", Gone);
        _journal.Arrivals.Enqueue(new(20, "a", "relay-1.1", 1, "from.tn1@sender.test", ["ok.tn1.0@a.test"], Kept, "tn1", "hash", "250", "", []));
        _journal.Ended.Add(End(Kept, "tn1", "delivered"));
        _journal.Ended.Add(End(Gone, "tn2", "dropped"));
        _journal.Orders.Enqueue(new(_drop, 30, 40, "edge-1", 202, JsonNode.Parse("""{"id":"job1"}""")));
        _journal.Jobs["job1"] = new("job1", "done", "order 1", 1, "1/0/0");
        Log("Operator ann from 127.0.0.1 starts job job1: drop on subject=n2 \"order 1\"");
        Log("Job job1 of ann is done: drop on subject=n2 \"order 1\": 1 changed, 0 being delivered and left alone, 0 failed");
    }

    [Fact]
    public void What_an_operator_dropped_is_not_lost() => Assert.Equal([], Failures());

    [Fact]
    public void What_the_history_says_was_dropped_was_ordered()
    {
        _journal.Ended[1] = _journal.Ended[1] with { Reason = "order 2" };
        Assert.Contains("history", Failures());
    }

    [Fact]
    public void An_order_drops_what_it_means_and_nothing_else()
    {
        Send("tn3", "0-01m84v5b92enetrzas1p1hrpvc");
        _journal.Ended.Add(End("0-01m84v5b92enetrzas1p1hrpvc", "tn3", "dropped"));
        Assert.Contains("history", Failures());
        Assert.Contains("drop count", Failures());
    }

    [Fact]
    public void What_was_accepted_is_not_withdrawn()
    {
        _journal.Ended[1] = _journal.Ended[1] with { By = "the edge", Reason = "withdrawn" };
        Assert.Equal(["drop count", "history", "lost"], Failures());
    }

    [Fact]
    public void What_the_history_says_was_delivered_has_arrived()
    {
        _journal.Ended[1] = End(Gone, "tn2", "delivered");
        Assert.Equal(["drop count", "history", "lost"], Failures());
    }

    /// <summary>Its content is that of the first, whose id the edge's Received field names.</summary>
    [Fact]
    public void What_was_sent_again_arrives_under_the_first_id_as_often_as_the_history_says()
    {
        const string Again = "0-01m84v5b92enetrzas1p1hrpvd";
        _journal.Ended.Add(End(Again, "tn1", "delivered") with { ResentFrom = Kept });
        _journal.Orders.Enqueue(new(new(2, "bob", "resend", Kept), 30, 40, "edge-1", 200, JsonNode.Parse($$"""{"newId":"{{Again}}"}""")));
        Log($"Operator bob from 127.0.0.1: resend {Kept} as {Again}");
        Assert.Equal(["history"], Failures());
        _journal.Arrivals.Enqueue(new(45, "a", "relay-1.1", 2, "from.tn1@sender.test", ["ok.tn1.0@a.test"], Kept, "tn1", "hash", "250", "", []));
        Assert.Equal([], Failures());
    }

    /// <summary>On the route all recipients are in one transaction, and one of them makes the server refuse it.</summary>
    [Fact]
    public void What_arrived_without_a_reply_may_be_refused_on_a_route_that_was_ordered()
    {
        const string Routed = "0-01m84v5b92enetrzas1p1hrpve";
        string[] recipients = ["dropdot.tn5.0@a.test", "dotnever.tn5.1@b.test"];
        Send("tn5", Routed, recipients);
        _journal.Ended.Add(End(Routed, "tn5", "bounced") with { Recipients = [.. recipients.Select(recipient => new EndedRecipient(recipient, "bounced", ""))] });
        _journal.Arrivals.Enqueue(new(20, "a", "relay-1.1", 5, "from.tn5@sender.test", recipients[..1], Routed, "tn5", "hash", "250", "", []));
        _journal.Arrivals.Enqueue(new(50, "a", "relay-1.1", 6, "", ["from.tn5@sender.test"], "", "tn5", "", "250", "report", recipients));
        Assert.Equal(["bounced", "delivered and bounced"], Failures());

        _journal.Orders.Enqueue(new(new(2, "bob", "route", Routed) { Via = "detour" }, 30, 40, "edge-1", 200, null));
        Log($"Operator bob from 127.0.0.1: route {Routed} \"detour\"");
        Assert.Equal([], Failures());

        // With the reply the relay knew that it had arrived.
        _journal.Transfers.Enqueue(new(19, "relay-1>sink", 5, 21, "250"));
        Assert.Equal(["delivered and bounced"], Failures());
    }

    [Fact]
    public void Each_message_is_in_the_history_once()
    {
        _journal.Ended[0] = _journal.Ended[1];
        Assert.Equal(["drop count", "history"], Failures());
    }

    [Fact]
    public void An_answer_says_how_many_the_server_changed()
    {
        _journal.Orders.Enqueue(new(new(2, "bob", "retry-all", "all messages"), 50, 60, "edge-1", 200, JsonNode.Parse("""{"retried":2}""")));
        Log("Operator bob from 127.0.0.1: retry on all messages: 2 changed");
        Assert.Equal(["audit count"], Failures());
        _journal.Calls.Enqueue(new(51, 52, "edge-1>queue", "hasten", [], "", "2"));
        Assert.Equal([], Failures());
    }

    [Fact]
    public void The_line_of_a_jobs_end_says_what_its_record_says()
    {
        Log("Job job1 of ann is done: drop on subject=n2 \"order 1\": 2 changed, 0 being delivered and left alone, 0 failed");
        Assert.Equal(["audit count"], Failures());
    }

    [Fact]
    public void A_job_changes_as_many_as_it_says()
    {
        _journal.Jobs["job1"] = _journal.Jobs["job1"] with { Done = 2 };
        Assert.Equal(["drop count"], Failures());
    }

    [Fact]
    public void Every_answer_and_every_end_of_a_job_has_its_line()
    {
        _journal.Lines.Clear();
        Log("Operator ann from 127.0.0.1 starts job job1: hold on subject=n2 \"order 1\"");
        Assert.Equal(["audit line missing", "audit line without an order"], Failures());
    }

    [Fact]
    public void A_line_that_a_killed_edge_did_not_write_is_not_missed()
    {
        _journal.Lines.Clear();
        _journal.Faults.Enqueue(new(41, 99, "kill", "edge-1", "SIGKILL"));
        Assert.Equal([], Failures());
    }

    [Fact]
    public void A_line_without_an_answer_is_one_of_a_request_that_had_none()
    {
        Log("Operator bob from 127.0.0.1: hold 0-01m84v5b92enetrzas1p1hrpva \"order 3\"");
        Assert.Equal(["audit line without an order"], Failures());
        _journal.Orders.Enqueue(new(new(3, "bob", "hold", Kept), 30, 40, "edge-1", 0, null));
        Assert.Equal([], Failures());
    }

    [Fact]
    public void What_no_order_put_on_hold_is_held_without_a_cause()
    {
        _journal.StrangeHolds[Kept] = "its relays died of it";
        Assert.Equal(["held"], Failures());
    }

    private List<string> Failures() => [.. new Judge(_journal, ServerKind.Redis, null).Decide([]).Failures.Select(failure => failure.Kind).Distinct().Order(StringComparer.Ordinal)];

    private void Send(string token, string id, params string[] recipients)
    {
        var sent = new Sent
        {
            At = 1,
            Token = token,
            Sender = $"from.{token}@sender.test",
            Edge = "edge-1",
            Recipients = recipients.Length > 0 ? recipients : [$"ok.{token}.0@a.test"],
            Hash = "hash",
            Length = 1,
        };
        (sent.Acknowledged, sent.Id) = (2, id);
        sent.Accepted.AddRange(sent.Recipients);
        _journal.Sent.Enqueue(sent);
    }

    private static Ended End(string id, string token, string outcome) => new()
    {
        Id = id,
        Outcome = outcome,
        Sender = $"from.{token}@sender.test",
        Subject = $"Chaos {token}",
        By = outcome == "dropped" ? "ann" : null,
        Reason = outcome == "dropped" ? "order 1" : null,
        Recipients = [new($"ok.{token}.0@a.test", outcome, "")],
    };

    private void Log(string line) => _journal.Lines.Enqueue(new(35, "edge-1.1", $"info: Slimta.Edge.Operator.OperatorAudit[161] {line}"));
}

namespace Slimta.Storage.Tests;

/// <summary>Which rule is a recipient's.</summary>
public sealed class RuleMatchingTests
{
    private static QueueRule Rule(string id, RuleAction action, string? domain, string? sender) => new QueueRule
    {
        Id = id,
        Action = action,
        Domain = domain,
        Sender = sender,
        Author = "ann",
        Reason = "why",
        Created = DateTimeOffset.UnixEpoch,
    }.Normalized()!;

    [Theory]
    [InlineData("example.com", null, "ann@a.test", "b@EXAMPLE.com", true)]
    [InlineData("example.com", null, "ann@a.test", "b@sub.example.com", false)]
    [InlineData("*.example.com", null, "ann@a.test", "b@sub.example.com", true)]
    [InlineData("*.example.com", null, "ann@a.test", "b@a.b.example.com", true)]
    [InlineData("*.example.com", null, "ann@a.test", "b@example.com", false)]
    [InlineData("*.example.com", null, "ann@a.test", "b@notexample.com", false)]
    [InlineData("bücher.example", null, "ann@a.test", "b@xn--bcher-kva.example", true)]
    [InlineData("xn--bcher-kva.example", null, "ann@a.test", "b@BÜCHER.example", true)]
    [InlineData(null, "ann@a.test", "Ann@A.test", "b@b.test", true)]
    [InlineData(null, "ann@a.test", "joann@a.test", "b@b.test", false)]
    [InlineData(null, "@a.test", "ann@a.test", "b@b.test", true)]
    [InlineData(null, "@a.test", "ann@b.a.test", "b@b.test", false)]
    [InlineData(null, "@a.test", "", "b@b.test", false)]
    [InlineData(null, "", "", "b@b.test", true)]
    [InlineData(null, "", "ann@a.test", "b@b.test", false)]
    [InlineData("*", "*", "", "postmaster", true)]
    [InlineData("b.test", "@a.test", "ann@a.test", "b@b.test", true)]
    [InlineData("b.test", "@a.test", "ann@c.test", "b@b.test", false)]
    [InlineData("b.test", "@a.test", "ann@a.test", "b@c.test", false)]
    [InlineData("b.test", "", "", "b@b.test", true)]
    public void A_rule_matches_a_domain_and_a_sender_however_they_are_written(string? domain, string? sender, string from, string to, bool matches) =>
        Assert.Equal(matches, new RuleSet([Rule("1", RuleAction.Hold, domain, sender)]).Find(from, to) is not null);

    [Fact]
    public void Of_several_rules_a_drop_comes_before_a_hold_and_a_hold_before_a_pause()
    {
        var rules = new RuleSet([
            Rule("pause", RuleAction.Pause, "b.test", null), Rule("hold", RuleAction.Hold, null, "@a.test"), Rule("drop", RuleAction.Drop, "*.test", "ann@a.test"),
            Rule("all", RuleAction.Pause, null, null)]);
        Assert.Equal(["drop", "hold", "pause", null], new[] { ("ann@a.test", "x@b.test"), ("bob@a.test", "x@b.test"), ("c@c.test", "x@b.test"), ("c@c.test", "x@c.test") }
            .Select(mail => rules.Find(mail.Item1, mail.Item2)?.Id));
        // The pause of the whole queue is no recipient's.
        Assert.Equal(("all", "all"), (rules.QueuePause!.Id, rules.PauseOf("b.test")!.Id));
    }
}

using Slimta.Relay;
using Slimta.Smtp;
using Slimta.Storage;

namespace Slimta.Tests.Relay;

public class SettlePlanTests
{
    private static readonly DateTimeOffset Accepted = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly RelayOptions _options = new();

    private static QueuedMessage Message(int attempts = 0, string sender = "a@a.test", string? state = null, DateTimeOffset? received = null) => new()
    {
        Id = "1",
        Attempts = attempts,
        RecipientCount = 3,
        Note = state,
        Envelope = Mail.From(sender, "b@b.test") with { Received = received ?? Accepted },
    };

    private static RecipientResult Result(DeliveryOutcome outcome, string? notify = null, int index = 0) => new(new Recipient("b@b.test")
    {
        Index = index,
        Parameters = notify is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["NOTIFY"] = notify },
    }, outcome)
    {
        Status = outcome == DeliveryOutcome.Permanent ? "5.1.1" : "4.2.0",
        Reply = outcome is DeliveryOutcome.Unknown or DeliveryOutcome.NotSent ? null : new SmtpReply(450, null, "words"),
    };

    private SettlePlan Plan(QueuedMessage message, TimeSpan age, params RecipientResult[] results) =>
        SettlePlan.Make(message, results, _options, Accepted + age, random: 0.5);

    [Fact]
    public void The_waits_grow_as_the_schedule_says_and_the_last_one_repeats()
    {
        var waits = Enumerable.Range(0, 9).Select(attempt => Plan(Message(attempt), TimeSpan.Zero, Result(DeliveryOutcome.Transient)).RetryAfter!.Value.TotalMinutes);
        Assert.Equal([3, 7, 15, 30, 60, 120, 240, 240, 240], waits);
    }

    [Theory]
    [InlineData(0.0, 0.9)]
    [InlineData(1.0, 1.1)]
    public void What_failed_together_does_not_come_back_together(double random, double factor)
    {
        var plan = SettlePlan.Make(Message(), [Result(DeliveryOutcome.Transient)], _options, Accepted, random);
        Assert.Equal(TimeSpan.FromMinutes(3) * factor, plan.RetryAfter);
    }

    [Fact]
    public void After_five_days_the_sender_is_told_that_time_ran_out()
    {
        var plan = Plan(Message(30), TimeSpan.FromDays(5), Result(DeliveryOutcome.Transient));
        Assert.Equal((null, 1, 1), (plan.RetryAfter, plan.Done.Count, plan.Expired));
        var report = Assert.Single(plan.Reports);
        Assert.Equal((ReportAction.Expired, "450 words"), (report.Told, report.Words));
    }

    /// <summary>4.4.7 is what we say when time is over; another server may say it of its own queue.</summary>
    [Fact]
    public void A_delay_is_told_in_the_words_of_the_other_side_with_any_code()
    {
        var plan = Plan(Message(3), TimeSpan.FromHours(5), Result(DeliveryOutcome.Transient) with { Status = "4.4.7" });
        var report = Assert.Single(plan.Reports);
        Assert.Equal((ReportAction.Delayed, "4.4.7", "450 words"), (report.Told, report.Status, report.Words));
    }

    [Fact]
    public void The_last_try_comes_when_time_is_up() =>
        Assert.Equal(TimeSpan.FromMinutes(10), Plan(Message(30), TimeSpan.FromDays(5) - TimeSpan.FromMinutes(10), Result(DeliveryOutcome.Transient)).RetryAfter);

    [Fact]
    public void Mail_for_later_and_mail_released_from_hold_are_as_old_as_that()
    {
        var message = Message() with { Since = Accepted + TimeSpan.FromDays(6) };
        var plan = Plan(message, TimeSpan.FromDays(6), Result(DeliveryOutcome.Transient));
        Assert.NotNull(plan.RetryAfter);
        Assert.Empty(plan.Reports);
        Assert.Equal(1, Plan(message, TimeSpan.FromDays(11), Result(DeliveryOutcome.Transient)).Expired);
    }

    [Fact]
    public void A_message_of_unknown_age_still_comes_to_an_end()
    {
        Assert.NotNull(Plan(Message(10, received: default(DateTimeOffset)), TimeSpan.Zero, Result(DeliveryOutcome.Transient)).RetryAfter);
        Assert.Null(Plan(Message(100, received: default(DateTimeOffset)), TimeSpan.Zero, Result(DeliveryOutcome.Transient)).RetryAfter);
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData("FAILURE", 1)]
    [InlineData("failure,delay", 1)]
    [InlineData("NEVER", 0)]
    [InlineData("SUCCESS,DELAY", 0)]
    public void A_failure_is_reported_to_who_wants_to_know(string? notify, int reports)
    {
        var plan = Plan(Message(), TimeSpan.Zero, Result(DeliveryOutcome.Permanent, notify));
        Assert.Equal((reports, 1 - reports), (plan.Reports.Count, plan.Unreported));
        Assert.Null(plan.RetryAfter);
    }

    [Fact]
    public void A_null_sender_is_told_nothing()
    {
        var plan = Plan(Message(sender: ""), TimeSpan.FromHours(5), Result(DeliveryOutcome.Permanent), Result(DeliveryOutcome.Transient, index: 1));
        Assert.Empty(plan.Reports);
        Assert.Equal(1, plan.Unreported);
    }

    [Theory]
    [InlineData(3.9, null, null, 0)]
    [InlineData(4.0, null, null, 1)]
    [InlineData(4.0, "delay-reported", null, 0)]
    [InlineData(4.0, null, "FAILURE", 0)]
    [InlineData(4.0, null, "DELAY", 1)]
    public void A_delay_is_reported_once(double hours, string? state, string? notify, int reports)
    {
        var plan = Plan(Message(5, state: state), TimeSpan.FromHours(hours), Result(DeliveryOutcome.Transient, notify));
        Assert.Equal(reports, plan.Reports.Count(report => report.Told == ReportAction.Delayed));
        Assert.NotNull(plan.RetryAfter);
    }

    [Theory]
    [InlineData("SUCCESS", false, 1)]
    [InlineData("SUCCESS", true, 0)]
    [InlineData(null, false, 0)]
    public void Success_is_reported_where_the_next_server_will_not(string? notify, bool passedOn, int reports)
    {
        var plan = Plan(Message(), TimeSpan.Zero, Result(DeliveryOutcome.Delivered, notify) with { DsnPassedOn = passedOn });
        Assert.Equal(reports, plan.Reports.Count(report => report.Told == ReportAction.Relayed));
    }

    [Fact]
    public void Who_waits_only_for_a_busy_destination_loses_no_attempt()
    {
        var plan = Plan(Message(), TimeSpan.FromDays(6), Result(DeliveryOutcome.NotSent) with { RetryAfter = TimeSpan.FromSeconds(7) });
        Assert.True(plan.IsPostponed);
        Assert.Equal(TimeSpan.FromSeconds(7), plan.RetryAfter);
    }

    private static RecipientResult LeftAlone(int index = 0) => Result(DeliveryOutcome.NotSent, index: index) with { IsLeftAlone = true };

    [Fact]
    public void Who_is_left_alone_waits_as_if_tried_and_loses_no_attempt()
    {
        var (waits, note) = (new List<double>(), (string?)null);
        for (var time = 0; time < 4; time++)
        {
            var plan = Plan(Message(1, state: note), TimeSpan.Zero, LeftAlone());
            Assert.Equal((true, true), (plan.IsPostponed, plan.IsUntried));
            waits.Add(plan.RetryAfter!.Value.TotalMinutes);
            note = plan.Note;
        }
        Assert.Equal([7, 15, 30, 60], waits);
        Assert.Equal(120, Plan(Message(1, state: note), TimeSpan.Zero, Result(DeliveryOutcome.Transient)).RetryAfter!.Value.TotalMinutes);
    }

    [Fact]
    public void Who_was_asked_for_and_is_left_alone_comes_no_later_for_that()
    {
        var plan = Plan(Message(1, state: "left-alone=2") with { Asked = Accepted }, TimeSpan.Zero, LeftAlone());
        Assert.Equal((true, "left-alone=2", 30), (plan.IsPostponed, plan.Note, plan.RetryAfter!.Value.TotalMinutes));
        // It is not asked for any more, also where there is nothing else to keep.
        Assert.NotNull(Plan(Message(1) with { Asked = Accepted }, TimeSpan.Zero, LeftAlone()).Note);
    }

    [Fact]
    public void Who_is_left_alone_is_told_of_the_delay_once_and_given_up_in_the_end()
    {
        var late = Plan(Message(state: "left-alone=2"), TimeSpan.FromHours(4), LeftAlone());
        Assert.Equal((false, true, "delay-reported left-alone=3"), (late.IsPostponed, late.IsUntried, late.Note));
        Assert.Equal(ReportAction.Delayed, Assert.Single(late.Reports).Told);
        Assert.True(Plan(Message(state: late.Note), TimeSpan.FromHours(5), LeftAlone()).IsPostponed);

        var end = Plan(Message(state: late.Note), TimeSpan.FromDays(5), LeftAlone(), Result(DeliveryOutcome.NotSent, index: 1));
        Assert.Equal((false, false, 1), (end.IsPostponed, end.IsUntried, end.Expired));
        Assert.Equal([0], end.Done);
        Assert.NotNull(end.RetryAfter);
    }

    [Fact]
    public void A_delivered_recipient_is_done_even_if_others_fail()
    {
        var plan = Plan(Message(), TimeSpan.Zero, Result(DeliveryOutcome.Transient), Result(DeliveryOutcome.Delivered, index: 1), Result(DeliveryOutcome.NotSent, index: 2));
        Assert.Equal([1], plan.Done);
        Assert.False(plan.IsPostponed);
    }
}

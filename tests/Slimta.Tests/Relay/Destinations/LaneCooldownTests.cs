using Slimta.Storage;

namespace Slimta.Tests.Relay;

/// <summary>A destination that does not answer, and when it is tried again.</summary>
public sealed class LaneCooldownTests : LaneTestBase
{
    [Fact]
    public async Task What_it_does_is_told_since_when_it_fails_and_until_when_it_is_left_alone()
    {
        var lane = await ProvenLaneAsync();
        Assert.Null(lane.Look(_time.GetUtcNow()));
        var places = await Task.WhenAll(Granted(lane, 3));
        Assert.Equal(new DestinationState("slow", 3, 0, 20), lane.Look(_time.GetUtcNow()));
        var first = _time.GetUtcNow();
        foreach (var place in places)
        {
            place.Place!.Leave(Contact.Failed("4.4.1", "refused"));
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        var cooling = lane.Look(_time.GetUtcNow())!;
        Assert.Equal((0, first, _time.GetUtcNow() + TimeSpan.FromSeconds(29), "refused"), (cooling.Delivering, cooling.FailingSince, cooling.CoolingUntil, cooling.Problem));
        _time.Advance(TimeSpan.FromSeconds(30));
        var again = (await lane.EnterAsync(default)).Place!;
        Assert.Equal((1, first, null), (lane.Look(_time.GetUtcNow())!.Delivering, lane.Look(_time.GetUtcNow())!.FailingSince, lane.Look(_time.GetUtcNow())!.CoolingUntil));
        again.Leave(Contact.Answered);
        Assert.Null(lane.Look(_time.GetUtcNow()));
    }

    [Fact]
    public async Task What_an_operator_asked_for_is_tried_while_it_is_left_alone_and_what_that_finds_holds_for_all()
    {
        var lane = await ProvenLaneAsync();
        foreach (var place in await Task.WhenAll(Granted(lane, 3)))
            place.Place!.Leave(Contact.Failed("4.4.1", "refused"));
        _time.Advance(TimeSpan.FromSeconds(1));
        var (before, asked) = (Asked(TimeSpan.FromSeconds(-2)), Asked(TimeSpan.Zero));
        Assert.NotNull((await lane.EnterAsync(default)).Problem);
        Assert.NotNull((await lane.EnterAsync(default, before)).Problem);

        var (first, second) = (await lane.EnterAsync(default, asked), lane.EnterAsync(default, asked).AsTask());
        Assert.True(first.IsGranted);
        Assert.False(second.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        first.Place!.Leave(Contact.Failed("4.4.1", "still refused"));
        Assert.Equal("still refused", (await second).Problem!.Problem);
        Assert.NotNull((await lane.EnterAsync(default, asked)).Problem);

        // Where it answers, it is left alone no longer.
        (await lane.EnterAsync(default, Asked(TimeSpan.Zero))).Place!.Leave(Contact.Answered);
        Assert.True((await lane.EnterAsync(default)).IsGranted);
    }

    [Fact]
    public async Task A_destination_that_cannot_be_reached_is_left_alone_for_a_while()
    {
        var lane = NewLane();
        for (var i = 0; i < 3; i++)
            (await lane.EnterAsync(default)).Place!.Leave(Contact.Failed("4.4.1", "Connection refused"));
        Assert.Equal("Connection refused", (await lane.EnterAsync(default)).Problem!.Problem);
        _time.Advance(TimeSpan.FromSeconds(30));

        // Then one finds out for all.
        _ = Assert.Single(Granted(lane, 5));
    }

    [Fact]
    public async Task One_message_that_a_server_breaks_off_over_does_not_stop_the_others()
    {
        var lane = await ProvenLaneAsync();
        var place = (await lane.EnterAsync(default)).Place!;
        _time.Advance(TimeSpan.FromMinutes(5));
        place.Leave(Contact.Failed("4.4.2", "The server closed the connection (content)."));
        Assert.True((await lane.EnterAsync(default)).IsGranted);
    }

    private DeliveryContext Asked(TimeSpan ago) =>
        new(new QueuedMessage { Id = "1", Envelope = Mail.From("a@a.test", "b@b.test"), Attempts = 1, RecipientCount = 1, Asked = _time.GetUtcNow() + ago });
}

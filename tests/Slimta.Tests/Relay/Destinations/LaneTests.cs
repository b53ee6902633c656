using Microsoft.Extensions.Time.Testing;
using Slimta.Smtp.Client;

namespace Slimta.Tests.Relay;

public class LaneTests : LaneTestBase
{
    [Fact]
    public async Task No_destination_gets_more_than_it_leaves_free()
    {
        var slow = await ProvenLaneAsync();
        Assert.Equal(10, Granted(slow, 20).Count);
        var slower = await ProvenLaneAsync("slower");
        Assert.Equal(5, Granted(slower, 20).Count);
        // And there is room for one that is well.
        Assert.True((await NewLane("healthy").EnterAsync(default)).IsGranted);
    }

    [Fact]
    public void A_new_destination_is_tried_by_one_and_takes_no_place()
    {
        _ = Assert.Single(Granted(NewLane(), 20));
        Assert.Equal(20, _capacity.Available);
    }

    [Fact]
    public async Task Destinations_that_keep_silent_leave_every_place_to_those_that_answer()
    {
        var healthy = await ProvenLaneAsync("healthy");
        for (var i = 0; i < 90; i++)
            Enter(NewLane($"dark{i}"), 3);
        Assert.Equal((20, 0), (_capacity.Available, _capacity.NewWaitingRoom));
        Assert.Equal(10, Granted(healthy, 20).Count);
        // Nor is one that was not tried yet kept out.
        _ = Assert.Single(Granted(NewLane("fresh"), 1));
    }

    [Fact]
    public async Task A_message_for_a_destination_that_keeps_silent_is_given_back_where_many_do()
    {
        for (var i = 0; i < 30; i++)
            Enter(NewLane($"dark{i}"), 2);
        var lane = NewLane();
        Assert.True((await lane.EnterAsync(default)).IsGranted);
        _time.Advance(TimeSpan.FromSeconds(4));
        // It comes back later the longer the silence has lasted.
        Assert.InRange((await lane.EnterAsync(default)).RetryAfter!.Value.TotalSeconds, 1, 5);
    }

    [Fact]
    public async Task Who_is_kept_waiting_gives_its_place_to_others_and_takes_it_again()
    {
        var slow = await ProvenLaneAsync();
        var asked = Enter(slow, 20);
        Assert.Equal((10, 10), (asked.Count(one => one.IsCompleted), _capacity.Available));
        _time.Advance(TimeSpan.FromSeconds(1.5));
        slow.Tick();
        // Ten wait for the other side, ten are at work.
        Assert.All(asked, one => Assert.True(one.IsCompleted));
        Assert.Equal(10, _capacity.Available);
        foreach (var one in asked)
            (await one).Place!.Leave(Contact.Answered);
        Assert.Equal((20, 100), (_capacity.Available, _capacity.StalledRoom));
    }

    [Fact]
    public async Task Where_all_room_is_taken_by_silence_the_oldest_makes_room()
    {
        var capacity = new Capacity(20, 2, _time);
        var lanes = Enumerable.Range(0, 3).Select(i => new Lane(new Destination($"dark{i}", [], Security.Opportunistic, false), Limits, capacity, _time)).ToList();
        var first = (await lanes[0].EnterAsync(default)).Place!;
        var opening = first.OpenAsync(async token =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new SmtpSessionException(SmtpStage.Greeting, "cancelled") { Cancelled = true };
        }, default);
        Assert.True((await lanes[1].EnterAsync(default)).IsGranted);
        var third = lanes[2].EnterAsync(default).AsTask();
        lanes[2].Tick();
        Assert.False(opening.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(6));
        lanes[2].Tick();
        var failure = await Assert.ThrowsAsync<SmtpSessionException>(() => opening);
        Assert.False(failure.Cancelled);
        first.Leave(Contact.Failed("4.4.1", failure.Message));
        lanes[2].Tick();
        Assert.True((await third).IsGranted);
        // Silence is enough to be left alone.
        Assert.NotNull((await lanes[0].EnterAsync(default)).Problem);
    }

    [Fact]
    public async Task Who_waits_is_next_when_somebody_leaves()
    {
        var lane = await ProvenLaneAsync();
        var asked = Enter(lane, 12);
        Assert.Equal(10, asked.Count(one => one.IsCompleted));
        (await asked[0]).Place!.Leave(Contact.Answered);
        Assert.True((await asked[10]).IsGranted);
        (await asked[1]).Place!.Leave(Contact.Answered);
        Assert.True((await asked[11]).IsGranted);
    }

    [Fact]
    public async Task Where_room_runs_out_those_who_wait_for_a_slow_destination_are_given_a_turn_later()
    {
        var lane = await ProvenLaneAsync();
        TakeAllRoomForSilence();
        var waiting = Enter(lane, 10 + 15).Skip(10).ToList();
        _time.Advance(TimeSpan.FromSeconds(1.5));
        lane.Tick();

        // Ten may wait of the twenty places; the others come back one after another, not all at once.
        var back = waiting.Where(waiter => waiter.IsCompleted).Select(waiter => waiter.Result).ToList();
        Assert.Equal(6, back.Count);
        Assert.All(back, admission => Assert.NotNull(admission.RetryAfter));
        Assert.Equal(6, back.Select(admission => admission.RetryAfter).Distinct().Count());
        // Nothing ended in the second and a half that was seen, so none is sent away for much longer.
        Assert.All(back, admission => Assert.InRange(admission.RetryAfter!.Value.TotalSeconds, 0.5, 2.5));
        // The next one does not even wait.
        Assert.Equal(9, waiting.Count(waiter => !waiter.IsCompleted));
        Assert.False(Enter(lane, 1)[0].IsCompleted);
        Assert.NotNull((await lane.EnterAsync(default)).RetryAfter);
    }

    [Fact]
    public async Task Turns_come_at_the_pace_at_which_the_destination_serves()
    {
        var lane = await ProvenLaneAsync();
        TakeAllRoomForSilence();
        var asked = Enter(lane, 10 + 15);
        // For a minute one delivery ends every second, and somebody new comes.
        for (var second = 0; second < 60; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            var ends = asked.First(one => one.IsCompletedSuccessfully && one.Result.IsGranted);
            asked.Remove(ends);
            (await ends).Place!.Leave(Contact.Answered);
            lane.Tick();
            asked.AddRange(Enter(lane, 1));
        }
        var turns = new List<double>();
        for (var i = 0; i < 20; i++)
            turns.Add((await lane.EnterAsync(default)).RetryAfter!.Value.TotalSeconds);
        Assert.All(turns.Zip(turns.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 0.3, 0.8));
    }

    /// <summary>The first admitted after a pause begins its lane anew; those behind it are sent back in the same breath.</summary>
    [Fact]
    public async Task A_turn_is_never_in_the_past_though_the_clock_goes_on_between_two_looks()
    {
        var time = new GoingOn();
        var lane = new Lane(new Destination("slow", [], Security.Opportunistic, false), Limits, _capacity, time);
        (await lane.EnterAsync(default)).Place!.Leave(Contact.Answered);
        while (_capacity.TryTake())
        {
            // Another destination has it all.
        }
        var waiting = Enter(lane, 20);
        time.Advance(TimeSpan.FromSeconds(1.5));
        for (var i = 0; i < 20; i++)
            _capacity.Free();
        lane.Tick();

        var back = waiting.Where(one => one.IsCompleted && !one.Result.IsGranted).Select(one => one.Result.RetryAfter!.Value).ToList();
        Assert.NotEmpty(back);
        Assert.All(back, wait => Assert.True(wait >= TimeSpan.Zero, $"{wait} from now"));
        Assert.Contains(waiting, one => one.IsCompleted && one.Result.IsGranted);
    }

    [Fact]
    public async Task No_delivery_begins_while_the_queue_is_away()
    {
        var lane = NewLane();
        _capacity.IsPaused = true;
        var asked = lane.EnterAsync(default).AsTask();
        Assert.False(asked.IsCompleted);
        _capacity.IsPaused = false;
        lane.Tick();
        Assert.True((await asked).IsGranted);
    }

    [Fact]
    public async Task Who_gives_up_waiting_takes_no_place()
    {
        var lane = await ProvenLaneAsync();
        var places = Granted(lane, 10);
        using var lost = new CancellationTokenSource();
        var waiting = lane.EnterAsync(lost.Token).AsTask();
        await lost.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.All(places, place => place.Result.Place!.Leave(Contact.Answered));
        Assert.Equal(20, _capacity.Available);
        Assert.Equal(20, _capacity.WaitingRoom);
    }

    /// <summary>Then those that are kept waiting keep their places.</summary>
    private void TakeAllRoomForSilence()
    {
        for (var i = 0; i < 100; i++)
            Enter(NewLane($"silent{i}"), 1);
    }

    private sealed class GoingOn : FakeTimeProvider
    {
        private long _looks;

        public override long GetTimestamp() => base.GetTimestamp() + (++_looks * TimeSpan.TicksPerMicrosecond);
    }
}

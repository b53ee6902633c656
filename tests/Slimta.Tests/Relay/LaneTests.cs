using Microsoft.Extensions.Time.Testing;
using Slimta.Relay.Lanes;
using Slimta.Relay.Routing;
using Slimta.Smtp.Client;

namespace Slimta.Tests.Relay;

public class LaneTests
{
    private static readonly LaneLimits Limits = new(20, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5));
    private readonly FakeTimeProvider _time = new();
    private readonly Capacity _capacity = new(20);

    private Lane NewLane(string name = "slow") => new(new Destination(name, [], Security.Opportunistic, false), Limits, _capacity, _time);

    /// <summary>Has proved well, so that the first careful steps are behind it.</summary>
    private async Task<Lane> ProvenLaneAsync(string name = "slow")
    {
        var lane = NewLane(name);
        for (var i = 0; i < 20; i++)
        {
            Assert.True((await lane.EnterAsync(default)).IsGranted);
            lane.Leave(null);
        }
        return lane;
    }

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
    public void A_new_destination_is_tried_carefully() => Assert.Equal(5, Granted(NewLane(), 20).Count);

    [Fact]
    public async Task Who_waits_is_next_when_somebody_leaves()
    {
        var lane = NewLane();
        var asked = Enter(lane, 7);
        Assert.Equal(5, asked.Count(one => one.IsCompleted));
        lane.Leave(null);
        Assert.True((await asked[5]).IsGranted);
        Assert.True((await asked[6]).IsGranted);
    }

    [Fact]
    public async Task Where_room_runs_out_those_who_wait_for_a_slow_destination_are_given_a_turn_later()
    {
        var lane = NewLane();
        var waiting = Enter(lane, 5 + 15).Skip(5).ToList();
        _time.Advance(TimeSpan.FromSeconds(1.5));
        lane.Tick();

        // Ten may wait of the twenty places; the others come back one after another, not all at once.
        var back = waiting.Where(waiter => waiter.IsCompleted).Select(waiter => waiter.Result).ToList();
        Assert.Equal(6, back.Count);
        Assert.All(back, admission => Assert.NotNull(admission.RetryAfter));
        Assert.Equal(6, back.Select(admission => admission.RetryAfter).Distinct().Count());
        // Nothing ended in the second and a half that was seen, so nobody is sent away for much longer.
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
        var asked = Enter(lane, 10 + 15).Skip(10).ToList();
        // For a minute one delivery ends every second, and somebody new comes.
        for (var second = 0; second < 60; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            lane.Leave(null);
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
    public void A_turn_is_never_in_the_past_though_the_clock_goes_on_between_two_looks()
    {
        var time = new GoingOn();
        var lane = new Lane(new Destination("slow", [], Security.Opportunistic, false), Limits, _capacity, time);
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
    public void A_new_destination_is_not_called_slow_because_the_relay_is_full()
    {
        while (_capacity.TryTake())
        {
            // Other destinations have it all.
        }
        _time.Advance(TimeSpan.FromHours(1));
        var lane = NewLane();
        var waiting = Enter(lane, 20);
        Assert.All(waiting, one => Assert.False(one.IsCompleted));
        _time.Advance(TimeSpan.FromSeconds(1.5));
        lane.Tick();

        var back = waiting.Where(one => one.IsCompleted).Select(one => one.Result.RetryAfter!.Value.TotalSeconds).ToList();
        Assert.NotEmpty(back);
        Assert.All(back, seconds => Assert.InRange(seconds, 0.5, 2.5));
    }

    [Fact]
    public async Task A_destination_that_cannot_be_reached_is_left_alone_for_a_while()
    {
        var lane = NewLane();
        for (var i = 0; i < 3; i++)
        {
            Assert.True((await lane.EnterAsync(default)).IsGranted);
            lane.Leave("Connection refused");
        }
        Assert.Equal("Connection refused", (await lane.EnterAsync(default)).Problem);
        _time.Advance(TimeSpan.FromSeconds(30));

        // Then one finds out for all.
        _ = Assert.Single(Granted(lane, 5));
    }

    [Fact]
    public async Task Nobody_begins_while_the_queue_is_away()
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
        var lane = NewLane();
        Assert.Equal(5, Granted(lane, 5).Count);
        using var lost = new CancellationTokenSource();
        var waiting = lane.EnterAsync(lost.Token).AsTask();
        await lost.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        for (var i = 0; i < 5; i++)
            lane.Leave(null);
        Assert.Equal(20, _capacity.Available);
        Assert.Equal(20, _capacity.Parking);
    }

    private static List<Task<Admission>> Enter(Lane lane, int count) => [.. Enumerable.Range(0, count).Select(_ => lane.EnterAsync(default).AsTask())];

    private static List<Task<Admission>> Granted(Lane lane, int asked) => [.. Enter(lane, asked).Where(one => one.IsCompletedSuccessfully && one.Result.IsGranted)];

    private sealed class GoingOn : FakeTimeProvider
    {
        private long _looks;

        public override long GetTimestamp() => base.GetTimestamp() + (++_looks * TimeSpan.TicksPerMicrosecond);
    }
}

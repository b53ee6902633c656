using Microsoft.Extensions.Time.Testing;
using Slimta.Smtp.Client;

namespace Slimta.Tests.Relay;

/// <summary>Lanes of a relay with 20 places, and a clock that tests set.</summary>
public abstract class LaneTestBase
{
    private protected static readonly LaneLimits Limits = new(20, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5));
    private protected readonly FakeTimeProvider _time = new();
    private protected readonly Capacity _capacity;

    protected LaneTestBase() => _capacity = new Capacity(20, 100, _time);

    private protected Lane NewLane(string name = "slow") => new(new Destination(name, [], Security.Opportunistic, false), Limits, _capacity, _time);

    /// <summary>Has proved well, so that the first careful steps are behind it.</summary>
    private protected async Task<Lane> ProvenLaneAsync(string name = "slow")
    {
        var lane = NewLane(name);
        for (var i = 0; i < 20; i++)
            (await lane.EnterAsync(default)).Place!.Leave(Contact.Answered);
        return lane;
    }

    private protected static List<Task<Admission>> Enter(Lane lane, int count) => [.. Enumerable.Range(0, count).Select(_ => lane.EnterAsync(default).AsTask())];

    private protected static List<Task<Admission>> Granted(Lane lane, int asked) => [.. Enter(lane, asked).Where(one => one.IsCompletedSuccessfully && one.Result.IsGranted)];
}

using System.Collections.Concurrent;
using Slimta.Chaos.Actors;
using Slimta.Chaos.Network;

namespace Slimta.Chaos.Faults;

/// <summary>
/// The chosen points: the proxies tell when one is reached and hold the bytes until the victim is dead. Nothing of it is in the
/// program under test.
/// </summary>
internal sealed class PointBook(Journal journal)
{
    private readonly ConcurrentDictionary<Point, int> _hits = new();
    private Armed? _armed;

    public IReadOnlyDictionary<Point, int> Hits => _hits;

    /// <summary>Waits until the point is reached and strikes there.</summary>
    /// <returns>The victim's return; null: the point was not reached in this time.</returns>
    public async Task<Task?> StrikeAsync(Point point, Random random, TimeSpan patience, CancellationToken cancellationToken)
    {
        var armed = new Armed(point, random.Next(2) == 0 ? Passage.Half : Passage.Cut, point.Moment == Moment.Late ? new Overtaking(point) : null);
        Volatile.Write(ref _armed, armed);
        if (armed.Overtaking is { } overtaking)
        {
            var done = await overtaking.OverAsync(patience, journal, cancellationToken);
            Volatile.Write(ref _armed, null);
            return done ? Hit(point, Task.CompletedTask) : null;
        }
        await ((Task)armed.Struck.Task).WaitAsync(patience, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // Who takes it out decides.
        if (Interlocked.CompareExchange(ref _armed, null, armed) == armed)
            return null;
        return Hit(point, ReturnAsync(point, await armed.Struck.Task));
    }

    private Task Hit(Point point, Task back)
    {
        _hits.AddOrUpdate(point, 1, (_, hits) => hits + 1);
        return back;
    }

    private async Task ReturnAsync(Point point, Struck struck)
    {
        using (struck.Hold)
        {
            if (struck.Victim is { } victim)
                await victim.StartAsync();
            journal.Faults.Enqueue(new(struck.At, Clock.Now, $"{point}", struck.Target, Storm.ChosenPoint));
        }
    }

    /// <summary>A proxy has a command to the queue's server in its hand, or the answer.</summary>
    public ValueTask<Passage> ReachedAsync(Link link, QueueCommand command, Moment moment) =>
        Volatile.Read(ref _armed)?.Overtaking is { } overtaking
            ? overtaking.ReachedAsync(link, command, moment)
            : ReachedAsync(link, command.Instant, moment);

    /// <summary>A proxy has bytes in its hand that begin or end a step.</summary>
    public ValueTask<Passage> ReachedAsync(Link link, string step, Moment moment)
    {
        var armed = Volatile.Read(ref _armed);
        return armed is null || armed.Point.Link != link.Kind || armed.Point.Step != step || armed.Point.Moment != moment
            ? new(Passage.Pass)
            : StrikeAsync(armed, link);
    }

    private async ValueTask<Passage> StrikeAsync(Armed armed, Link link)
    {
        var victim = armed.Point.Victim switch { Victim.Client => link.Client, Victim.Server => link.Server, _ => null };
        var hold = victim?.TryHold();
        // Somebody else is at it just now.
        if (victim is not null && hold is null)
            return Passage.Pass;
        if (Interlocked.CompareExchange(ref _armed, null, armed) != armed)
        {
            hold?.Dispose();
            return Passage.Pass;
        }
        var at = Clock.Now;
        if (victim is not null)
            await victim.KillAsync();
        armed.Struck.SetResult(new(at, victim, hold, victim?.Name ?? link.Name));
        return (armed.Point.Victim, armed.Point.Moment) switch
        {
            // The dead one's last words still come.
            (Victim.Client, Moment.Asked) or (Victim.Server, Moment.Answered) => Passage.Pass,
            (Victim.Connection, _) => armed.Cut,
            _ => Passage.Cut,
        };
    }

    private sealed record Armed(Point Point, Passage Cut, Overtaking? Overtaking)
    {
        public TaskCompletionSource<Struck> Struck { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed record Struck(long At, Actor? Victim, IDisposable? Hold, string Target);
}

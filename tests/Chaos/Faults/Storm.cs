using System.Net.Sockets;
using Slimta.Chaos.Actors;
using Slimta.Chaos.Mail;

namespace Slimta.Chaos.Faults;

/// <summary>Does harm for some time: one hand at the chosen points in turn, one at random.</summary>
internal sealed class Storm(Crew crew, Sender sender, Journal journal, PointBook book) : IDisposable
{
    /// <summary>What a fault is that was done by this hand.</summary>
    public const string ChosenPoint = "chosen point";

    /// <summary>A point that is never reached must not keep a run from ending.</summary>
    private const int MostTries = 6;

    /// <summary>
    /// Held for a fault of the random hand, and for a point that was not reached at once: a late settlement takes a lease, and two
    /// relays that are left alone that long.
    /// </summary>
    private readonly SemaphoreSlim _peace = new(1);

    /// <summary>Victims of chosen points that are down at once; with more, too little is left for a point to be reached.</summary>
    private const int MostDown = 2;

    /// <summary>The points that there are in this run.</summary>
    public IReadOnlyList<Point> Points { get; } =
        [.. Point.All([.. crew.Links.Select(link => link.Kind)])];

    public void Dispose() => _peace.Dispose();

    public async Task RunAsync(CancellationToken stop)
    {
        await Task.WhenAll(ChosenAsync(new Random(crew.Options.Seed), stop), AtRandomAsync(new Random(crew.Options.Seed + 1), stop));
    }

    /// <summary>
    /// First each instant once with a kill, however long it takes; then all points in turn, for as long as there is time. What is not
    /// reached gets its turn later.
    /// </summary>
    private async Task ChosenAsync(Random random, CancellationToken stop)
    {
        if (!crew.Options.Faults.Contains(FaultTable.Points))
            return;
        var first = new Queue<(Point Point, int Tries)>(Shuffled(random)
            .Where(point => point.Victim != Victim.Connection).DistinctBy(point => point.Instant).Select(point => (point, 1)));
        var returning = new List<Task>();
        while (first.TryDequeue(out var next))
        {
            if (!await FirstAsync(next.Point, next.Tries > 1) && next.Tries < MostTries)
                first.Enqueue((next.Point, next.Tries + 1));
        }
        while (!stop.IsCancellationRequested)
        {
            foreach (var point in Shuffled(random).TakeWhile(_ => !stop.IsCancellationRequested))
                await StrikeAsync(point, random, TimeSpan.FromSeconds(15), returning, stop);
        }
        await Task.WhenAll(returning);

        async Task<bool> FirstAsync(Point point, bool alone)
        {
            if (alone)
                await _peace.WaitAsync(CancellationToken.None);
            try
            {
                return await StrikeAsync(point, random, TimeSpan.FromSeconds(30), returning, CancellationToken.None);
            }
            finally
            {
                if (alone)
                    _peace.Release();
            }
        }
    }

    /// <summary>The next may be struck while the last is still starting: two things fail at once as often as not.</summary>
    private async Task<bool> StrikeAsync(Point point, Random random, TimeSpan patience, List<Task> returning, CancellationToken stop)
    {
        if (await book.StrikeAsync(point, random, patience, stop) is not { } back)
            return false;
        returning.Add(back);
        while (returning.Count >= MostDown)
            returning.Remove(await Task.WhenAny(returning));
        return true;
    }

    private Point[] Shuffled(Random random)
    {
        var turn = Points.ToArray();
        random.Shuffle(turn);
        return turn;
    }

    private async Task AtRandomAsync(Random random, CancellationToken stop)
    {
        var faults = FaultTable.All
            .Where(fault => crew.Options.Faults.Contains(fault.Name) && fault.Servers.Contains(crew.Options.Server))
            .Where(fault => fault.Name != "disk" || crew.Disk is not null)
            .SelectMany(fault => Enumerable.Repeat(fault, fault.Weight)).ToList();
        while (!stop.IsCancellationRequested && faults.Count > 0)
        {
            var strike = new Strike(crew, sender, journal, random, stop);
            var fault = strike.Pick(faults);
            await _peace.WaitAsync(CancellationToken.None);
            try
            {
                await fault.DoAsync(strike);
            }
            catch (Exception error) when (error is IOException or SocketException or OperationCanceledException)
            {
                // The other hand was quicker: what was to be harmed is down.
                strike.Done(fault.Name, "none", $"not done: {error.Message}");
            }
            finally
            {
                _peace.Release();
            }
            await strike.WaitAsync(0.2, 2);
        }
    }
}

namespace Slimta.Storage.Redis;

/// <summary>
/// Decides when suspects get their turn: messages that were handed out several times and never settled, so that one of them may kill its
/// relays. Each is tried alone, so that a relay's death shows which one did it. Other mail must not wait for this for long: a message that has
/// been in hand for some seconds without harm no longer counts as company, and a suspect that survives as long ends its trial; and turns are
/// short, with pauses between them while there is other mail. Relays may also be killed for other reasons, again and again: so a suspect of which
/// relays seem to have died waits for one that has lived longer than those did (age_to_try in leasing.lua).
/// </summary>
internal sealed class Trials(LeaseKeeper keeper, Settler settler, TimeProvider time)
{
    /// <summary>A message that has been in hand for this long is taken as harmless. Doubled each time that a suspect survives it.</summary>
    public static readonly TimeSpan First = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestAlone = TimeSpan.FromSeconds(80);

    /// <summary>Of these, the first ten seconds may go by until nothing young is in hand.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan BetweenTurns = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly SortedSet<int> _partitions = [];
    private LiveLease? _tried;
    private long _began = time.GetTimestamp();
    private long _aloneUntil;
    private long? _turnBegan;
    private long _nextTurn;

    /// <summary>How long this process has lived; it counts anew when the server took it for dead during a trial.</summary>
    public TimeSpan Age
    {
        get { lock (_gate) return time.GetElapsedTime(_began); }
    }

    /// <summary>What to do next.</summary>
    public Step Next()
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (_tried is { HasEnded: true })
                EndTrial();
            if (_tried is { } tried)
                return now < _aloneUntil ? Step.Wait(time.GetElapsedTime(now, _aloneUntil)) : Step.Join(tried);
            if (_partitions.Count == 0 || now < _nextTurn)
                return Step.Claim;
            _turnBegan ??= now;
            if (time.GetElapsedTime(_turnBegan.Value, now) is var spent && spent >= Turn)
            {
                _turnBegan = null;
                _nextTurn = now + Ticks(spent > BetweenTurns ? spent : BetweenTurns);
                return Step.Claim;
            }
            return keeper.Youngest is { } youngest && youngest < First ? Step.Wait(First - youngest) : Step.Try(_partitions.Min);
        }
    }

    /// <summary>What <see cref="Step.Try"/> gave.</summary>
    public void Tried(int partition, ClaimResult result)
    {
        lock (_gate)
        {
            if (!(result.Suspects <= Age))
                _partitions.Remove(partition);
            if (_partitions.Count == 0)
                _turnBegan = null;
            if (result.Entries is not [var entry])
                return;
            _tried = entry.Live;
            var alone = First * Math.Pow(2, Math.Min(result.Trials, 10));
            _aloneUntil = time.GetTimestamp() + Ticks(alone < LongestAlone ? alone : LongestAlone);
        }
    }

    /// <summary>An ordinary claim has met suspects, which a process may try when it has lived for <paramref name="age"/>.</summary>
    public void Met(int partition, TimeSpan age)
    {
        lock (_gate)
        {
            if (age <= Age)
                _partitions.Add(partition);
        }
    }

    /// <summary>There is no other mail to wait for.</summary>
    /// <returns>True if there is something to try.</returns>
    public bool MayGoOn()
    {
        lock (_gate)
        {
            if (_partitions.Count > 0)
                _nextTurn = 0;
            return _partitions.Count > 0;
        }
    }

    /// <summary>From now on others are in hand beside it, and a death would not tell.</summary>
    /// <exception cref="QueueException"/>
    public async Task JoinAsync(LiveLease lease)
    {
        try
        {
            await settler.ChangeAsync(new(lease.Id, SettleAction.Join) { Token = lease.Token }, CancellationToken.None);
        }
        catch (LeaseLostException)
        {
            lease.Lose();
        }
        catch (QueueException error) when (!Claimer.ConcernsAll(error))
        {
            // Nothing is left of it that could be marked.
        }
        lock (_gate)
            EndTrial();
    }

    private void EndTrial()
    {
        if (_tried is { Lost.IsCancellationRequested: true })
            _began = time.GetTimestamp();
        _tried = null;
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);

    /// <param name="Pause">Until then at most, or until a lease ends: claim nothing.</param>
    /// <param name="Partition">Ask it for a suspect.</param>
    /// <param name="Survivor">Its time alone is over.</param>
    internal readonly record struct Step(TimeSpan? Pause, int? Partition, LiveLease? Survivor)
    {
        public static Step Claim => default;
        public static Step Wait(TimeSpan pause) => new(pause, null, null);
        public static Step Try(int partition) => new(null, partition, null);
        public static Step Join(LiveLease survivor) => new(null, null, survivor);
    }
}

using Slimta.Chaos.Actors;

namespace Slimta.Chaos.Operating;

/// <summary>Two operators who know nothing of each other, and the one who clears up after them.</summary>
internal sealed class Operators : IDisposable
{
    private readonly List<(OperatorHand Hand, RandomOperator Operator)> _all = [];
    private readonly JobBook _jobs;

    public Operators(Crew crew, Journal journal, Func<int> sent)
    {
        foreach (var name in OperatorHand.Names)
        {
            var random = new Random(crew.Options.Seed + 100 + _all.Count);
            var hand = new OperatorHand(name, crew.ToOperators, journal, random);
            _all.Add((hand, new(hand, new Holds(hand, journal, crew.Ward), random, sent, crew.Options.Seed)));
        }
        var first = _all[0].Hand;
        _jobs = new(first, journal);
        Closing = new(first, new Holds(first, journal, crew.Ward), _jobs, journal, new Random(crew.Options.Seed));
    }

    public Closing Closing { get; }

    public Task RunAsync(CancellationToken stop) => Task.WhenAll(_all.Select(one => Task.Run(() => one.Operator.RunAsync(stop))).Append(_jobs.RunAsync(stop)));

    public void Dispose() => _all.ForEach(one => one.Hand.Dispose());
}

using Slimta.Chaos.Actors;
using Slimta.Chaos.Mail;

namespace Slimta.Chaos.Faults;

/// <summary>A kind of harm that is done at random.</summary>
/// <param name="Name">As --faults names it.</param>
/// <param name="Servers">Where it makes sense.</param>
/// <param name="Weight">How often, beside the others.</param>
internal sealed record Fault(string Name, string What, int Weight, ServerKind[] Servers, Func<Strike, Task> DoAsync);

/// <summary>One use of a fault.</summary>
internal sealed class Strike(Crew crew, Sender sender, Journal journal, Random random, CancellationToken stop)
{
    private readonly long _begin = Clock.Now;

    public Crew Crew => crew;
    public Sender Sender => sender;
    public Journal Journal => journal;
    public Random Random => random;

    /// <summary>How much of the run's time is over, from 0 to 1.</summary>
    public double Elapsed => (_begin - crew.Began) / (crew.Options.Minutes * 60_000_000);

    /// <summary>The run's faults are over: undo what was done.</summary>
    public CancellationToken Stop => stop;

    public T Pick<T>(IReadOnlyList<T> from) => from[random.Next(from.Count)];

    /// <summary>Lets time pass, less if the faults are over.</summary>
    public Task WaitAsync(double least, double most) =>
        Clock.DelayAsync(least + (random.NextDouble() * (most - least)), stop).ContinueWith(_ => { }, TaskScheduler.Default);

    /// <summary>Writes down what was done, now that it is undone.</summary>
    public void Done(string name, string target, string what) => journal.Faults.Enqueue(new(_begin, Clock.Now, name, target, what));
}

using System.Net.Sockets;
using Slimta.Chaos.Actors;
using Slimta.Chaos.Faults;
using Slimta.Chaos.Mail;
using Slimta.Chaos.Network;

namespace Slimta.Chaos.Load;

/// <summary>
/// A primary dies and its replica is promoted, without warning. What the primary had acknowledged and not passed on is gone: this
/// counts it, for the queue and for a client that says WAIT after each write.
/// </summary>
internal static class FailoverRun
{
    /// <summary>Each way between the primary and its replica.</summary>
    private static readonly TimeSpan Distance = TimeSpan.FromMilliseconds(5);

    /// <returns>True if nothing was lost of which WAIT had said that the replica has it.</returns>
    public static async Task<bool> RunAsync(int rounds, Action<string> say)
    {
        var total = new Count();
        for (var round = 1; round <= rounds; round++)
        {
            var count = await RoundAsync(new Random(round), say);
            say($"round {round}: {count}");
            total.Add(count);
        }
        say($"{rounds} failovers: {total}");
        return total.WaitedLost == 0;
    }

    private static async Task<Count> RoundAsync(Random random, Action<string> say)
    {
        var folder = Directory.CreateTempSubdirectory("slimta-chaos-").FullName;
        var journal = new Journal();
        try
        {
            var options = new ChaosOptions { Faults = new HashSet<string>(), Edges = 1, Relays = 0, Rate = 500, Say = say };
            await using var crew = await Crew.StartAsync(options, folder, journal, new PointBook(journal));
            var primary = crew.Place.Port;
            await using var link = new Link("primary>replica", null, crew.Queue, () => primary, (_, _) => new Unwatched()) { Delay = Distance };
            var replica = await Failover.ReplicaAsync(crew, journal, link.Port);

            using var over = new CancellationTokenSource();
            var waited = new List<string>();
            var count = new Count();
            using var sender = new Sender(journal, random.Next(), crew.ToEdges, crew.ToEdgesByHttp, options.Rate, () => false);
            var sending = sender.RunAsync(over.Token);
            var waiting = Task.Run(() => WriteAndWaitAsync(primary, waited, count, over.Token));
            await Clock.DelayAsync(3 + random.NextDouble());
            link.Cut();
            await Failover.PromoteAsync(crew, replica);
            await over.CancelAsync();
            await Task.WhenAll(sending, waiting);

            foreach (var sent in journal.Sent.Where(sent => sent.Id is not null))
            {
                count.Accepted++;
                if (!await IsThereAsync(crew, $"{{slimta:0}}:message:{sent.Id}"))
                    count.Lost++;
            }
            foreach (var key in waited.Take(count.Waited))
            {
                if (!await IsThereAsync(crew, key))
                    count.WaitedLost++;
            }
            return count;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>SET, then WAIT for one replica: what it answers is how many have it.</summary>
    private static async Task WriteAndWaitAsync(int port, List<string> waited, Count count, CancellationToken stop)
    {
        try
        {
            using var talk = await RedisTalk.OpenAsync(port);
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                await talk.SayAsync("SET", $"waited:{i}", "x");
                if (await talk.SayAsync("WAIT", "1", "1000") is ["1"])
                {
                    waited.Add($"waited:{i}");
                    count.Waited++;
                }
                else
                {
                    count.WaitTimedOut++;
                }
            }
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            // The primary is dead.
        }
    }

    private static async Task<bool> IsThereAsync(Crew crew, string key) => await RedisTalk.SendAsync(crew.Place.Port, "EXISTS", key) is ["1"];

    private sealed class Unwatched : Tap
    {
        public override ValueTask<Passage> FromClientAsync(Sending sending) => new(Passage.Pass);

        public override ValueTask<Passage> FromServerAsync(Sending sending) => new(Passage.Pass);
    }

    private sealed class Count
    {
        public int Accepted;
        public int Lost;
        public int Waited;
        public int WaitedLost;
        public int WaitTimedOut;

        public void Add(Count other)
        {
            Accepted += other.Accepted;
            Lost += other.Lost;
            Waited += other.Waited;
            WaitedLost += other.WaitedLost;
            WaitTimedOut += other.WaitTimedOut;
        }

        public override string ToString() =>
            $"{Accepted} messages accepted, {Lost} lost; {Waited} writes of which WAIT said 1, {WaitedLost} lost; WAIT said 0 of {WaitTimedOut}";
    }
}

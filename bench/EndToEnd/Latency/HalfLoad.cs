using Slimta.EndToEnd.Bench.Load;
using Slimta.EndToEnd.Bench.Processes;
using Slimta.EndToEnd.Bench.Systems;

namespace Slimta.EndToEnd.Bench.Latency;

/// <summary>The time from 250 to the delivery while the system has half of the load that it can bear.</summary>
internal static class HalfLoad
{
    public static async Task<Delays> MeasureAsync(
        MailSystem system, int sinkPort, Mail mail, double perSecond, double lasting, CancellationToken cancellationToken)
    {
        await system.PrepareAsync();
        await using var sink = new ArrivalSink(sinkPort);
        // The first seconds compile the paths of this program too.
        await PaceAsync("warm", 1);
        var pacer = await PaceAsync("", lasting);
        var delays = pacer.Accepted
            // A delivery can be faster than the sender's reading of the 250.
            .Select(accepted => Math.Max(0, sink.Arrivals[accepted.Key] - accepted.Value)).Order().ToList();
        return new Delays(perSecond, delays.Count, pacer.Late, At(0.5), At(0.99), delays[^1]);

        async Task<Pacer> PaceAsync(string prefix, double seconds)
        {
            var messages = Math.Max(1, (int)(perSecond * seconds));
            var paced = new Pacer(system.Port, mail, perSecond, prefix);
            await paced.RunAsync(messages, cancellationToken);
            for (var waited = 0.0; paced.Accepted.Keys.Any(number => !sink.Arrivals.ContainsKey(number)); waited += 0.02)
            {
                if (waited > 30)
                    throw new TimeoutException("not every message came");
                await Clock.Wait(0.02);
                cancellationToken.ThrowIfCancellationRequested();
            }
            return paced;
        }

        double At(double share) => delays[Math.Min(delays.Count - 1, (int)(delays.Count * share))];
    }
}

/// <param name="Late">How many the sender was more than 0.1 s late with.</param>
internal sealed record Delays(double PerSecond, int Messages, int Late, double Median, double P99, double Longest);

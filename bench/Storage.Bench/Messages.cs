namespace Slimta.Storage.Bench;

internal static class Messages
{
    public static Envelope OfSize(int bytes) => new()
    {
        Sender = "sender@example.com",
        Recipients = ["first.recipient@example.org", "second.recipient@example.org", "third.recipient@example.org"],
        Content = new byte[bytes],
        Client = new ClientInfo { Ip = "192.0.2.1", HeloName = "client.example.com", Protocol = "ESMTP" },
        Receiver = "edge.example.net",
        Received = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
    };

    /// <summary>Runs <paramref name="count"/> operations with so many under way at once, and returns how many a second.</summary>
    public static async Task<double> RateAsync(int count, int inFlight, Func<Task> operation)
    {
        var left = count;
        var started = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
                await operation();
        }));
        return count / TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }

    public static double Median(this IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }
}

using Slimta.Storage.Redis;

namespace Slimta.Storage.Bench.Million;

/// <summary>1,000,000 messages for 2,000 domains: most wait for their time, one in ten has failed once, some are held, few are searched for.</summary>
internal static class Backlog
{
    public const int Domains = 2000;
    private const int InFlight = 512;

    public static async Task FillAsync(RedisStorage storage, int count)
    {
        var (failed, held) = (count / 10, count / 500);
        var next = -1;
        await Messages.RateAsync(failed, InFlight, () => storage.WriteAsync(Of(Interlocked.Increment(ref next), count)));
        await FailAsync(storage, failed);
        await Messages.RateAsync(count - failed, InFlight, () =>
        {
            var i = Interlocked.Increment(ref next);
            return storage.WriteAsync(Of(i, count), Due.After(TimeSpan.FromHours(1 + (i % 48))));
        });
        var mailing = OperatorOrder.Hold("the customer called");
        string? cursor = null;
        do
            cursor = (await storage.OrderAsync(new MessageFilter { Sender = "@held.example" }, mailing, dryRun: false, cursor)).Cursor;
        while (cursor is not null);
        Console.WriteLine($"filled: {count:N0} messages, {failed:N0} of them tried once, {held:N0} held");
    }

    private static Envelope Of(int i, int count) => new()
    {
        Sender = i % 5 == 1 ? "news@mailing.example" : i % 500 == 0 ? $"ann{i}@held.example" : $"app{i % 300}@app.example",
        Recipients = [$"user{i}@d{i % Domains}.example"],
        Content = new byte[64],
        Client = new ClientInfo { Ip = "192.0.2.1", HeloName = "client.example.com", Protocol = "ESMTP" },
        Receiver = "edge.example.net",
        Received = TimeProvider.System.GetUtcNow(),
        Subject = i == count / 2 ? "The one that is searched for" : $"Order {i} has been shipped",
        MessageId = $"{i}@app.example",
    };

    /// <summary>One attempt each, with the words that most servers that are down leave; one in 10,000 has others.</summary>
    private static async Task FailAsync(RedisStorage storage, int count)
    {
        var settling = new List<Task>(count);
        await foreach (var entry in storage.WaitAsync(InFlight))
        {
            var reply = settling.Count % 10_000 == 9_999 ? "452 4.2.2 The mailbox is full" : "421 4.3.2 Service not available";
            settling.Add(entry.SettleAsync(Settlement.Retry(Due.After(TimeSpan.FromHours(1 + (settling.Count % 48)))) with
            {
                Attempt = new AttemptRecord
                {
                    Started = TimeProvider.System.GetUtcNow(),
                    Duration = TimeSpan.FromSeconds(1),
                    Worker = "relay-1:4711:a1b2c3",
                    Recipients = [new RecipientOutcome(0, DeliveryOutcome.Transient) { Reply = reply, Host = "mx.example", Address = "192.0.2.25:25" }],
                },
            }));
            if (settling.Count == count)
                break;
        }
        await Task.WhenAll(settling);
    }
}

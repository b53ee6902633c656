using System.Globalization;
using Slimta.Storage.Redis;

namespace Slimta.Storage.Bench.Million;

/// <summary>What an operator waits for at 1,000,000 queued in 2,000 domains while mail flows, and how long commands hold the server.</summary>
internal static class Questions
{
    private const int Rounds = 5;
    private const int Page = 100;

    /// <summary>Milliseconds after which a person has given up.</summary>
    private const double Patience = 60_000;

    public static async Task RunAsync(int count)
    {
        using var module = await CommandTimes.CompileAsync();
        await using var server = await BenchServer.RedisAsync("redis-server, fsync always", module.Settings);
        Console.WriteLine(await server.RunFirstAsync() ? "redis-server at real-time priority" : "redis-server at no priority: times of commands include waits for a core");
        await using var edge = server.Storage("million:");
        await using var relay = server.Storage("million:");
        var began = TimeProvider.System.GetTimestamp();
        await Backlog.FillAsync(edge, count);
        var (took, used) = (Since(began) / 1000, await UsedAsync(server));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"in {took:F0} s; {used}\n"));
        await CommandTimes.PrintAsync(server, "filled");
        await using var flow = new MailFlow(edge, relay);
        await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System);
        Console.WriteLine($"mail that flows, from write to claim (median, p99, longest), nothing asked: {flow.Look()}\n");

        Console.WriteLine("| Filter | First call, ms (median, longest of five) | Found in it | Until the first hit, ms | Until 100, the end, or a minute, ms | Calls | Found |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var (name, filter) in await FiltersAsync(edge, count))
            await FindAsync(edge, name, filter);
        Console.WriteLine($"\nmail that flows meanwhile: {flow.Look()}");
        await CommandTimes.PrintAsync(server, "filters");

        await TimeAsync("overview by destination", async () => Tell(await edge.OverviewAsync()));
        await TimeAsync("the same of all messages", async () => Tell(await edge.OverviewAsync(int.MaxValue)));
        await TimeAsync("counts by state", async () => $"{await edge.CountAsync()}");
        Console.WriteLine($"mail that flows meanwhile: {flow.Look()}");
        await CommandTimes.PrintAsync(server, "overview and counts");

        await BulkAsync(edge, flow);
        await CommandTimes.PrintAsync(server, "bulk retry");
    }

    private static async Task<(string, MessageFilter)[]> FiltersAsync(RedisStorage storage, int count)
    {
        var some = (await storage.FindAsync(new MessageFilter { State = MessageState.Held }, 1)).Messages[0].Id;
        return
        [
            ("none", new()),
            ("state held", new() { State = MessageState.Held }),
            ("state scheduled", new() { State = MessageState.Scheduled }),
            ("id", new() { Id = some }),
            ("sender of 200,000", new() { Sender = "news@mailing.example" }),
            ("senders of a domain, 2,000, all held", new() { Sender = "@held.example" }),
            ("domain, of 500", new() { Domain = "d1234.example" }),
            ("recipient, of one", new() { Recipient = $"user{count / 2}@d{count / 2 % Backlog.Domains}.example" }),
            ("subject, of one", new() { Subject = "searched for" }),
            ("Message-ID, of one", new() { MessageId = $"<{count / 2}@app.example>" }),
            ("last error, of 100,000", new() { LastError = "421 4.3.2" }),
            ("last error, of ten", new() { LastError = "mailbox is full" }),
            ("older than a day", new() { OlderThan = TimeSpan.FromDays(1) }),
            ("sender that there is not", new() { Sender = "nobody@nowhere.example" }),
        ];
    }

    private static async Task FindAsync(RedisStorage storage, string name, MessageFilter filter)
    {
        var (firsts, first) = (new List<double>(), (MessagePage?)null);
        for (var round = 0; round < Rounds; round++)
        {
            var started = TimeProvider.System.GetTimestamp();
            first = await storage.FindAsync(filter, Page);
            firsts.Add(Since(started));
        }
        var (began, calls, found, hit) = (TimeProvider.System.GetTimestamp(), 0, 0, (double?)null);
        string? cursor = null;
        do
        {
            var page = await storage.FindAsync(filter, Page, cursor);
            (calls, found, cursor) = (calls + 1, found + page.Messages.Count, page.Cursor);
            hit ??= found > 0 ? Since(began) : null;
        }
        while (cursor is not null && found < Page && Since(began) < Patience);
        var hitText = hit is { } ms ? ms.ToString("F0", CultureInfo.InvariantCulture) : cursor is null ? "none" : "none yet";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {firsts.Median():F0}, {firsts.Max():F0} | {first!.Messages.Count} | {hitText} | {Since(began):F0} | {calls} | {found} |"));
    }

    /// <summary>200,000 brought forward, page by page as the API does it, while what falls due is delivered.</summary>
    private static async Task BulkAsync(RedisStorage storage, MailFlow flow)
    {
        var filter = new MessageFilter { Sender = "news@mailing.example" };
        var (began, delivered, done, calls, longest, told) = (TimeProvider.System.GetTimestamp(), flow.Delivered, 0, 0, 0.0, 0);
        string? cursor = null;
        do
        {
            var started = TimeProvider.System.GetTimestamp();
            var page = await storage.OrderAsync(filter, OperatorOrder.Retry, dryRun: false, cursor);
            (calls, done, cursor, longest) = (calls + 1, done + page.Done, page.Cursor, Math.Max(longest, Since(started)));
            if (done >= told + 50_000)
            {
                told = done;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {Since(began) / 1000:F0} s: {done:N0} brought forward, {flow.Delivered - delivered:N0} delivered"));
            }
        }
        while (cursor is not null);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"bulk retry: {done:N0} in {Since(began) / 1000:F1} s, {calls} calls, the longest {longest:F0} ms; {flow.Delivered - delivered:N0} delivered meanwhile; mail that flows: {flow.Look()}"));
    }

    private static string Tell(QueueOverview overview) =>
        string.Create(CultureInfo.InvariantCulture, $"{overview.Destinations.Count} destinations, from {overview.Examined:N0} messages, complete: {overview.IsComplete}, the first {overview.Destinations[0].Domain} {overview.Destinations[0].Messages}");

    private static async Task TimeAsync(string name, Func<Task<string>> ask)
    {
        for (var round = 0; round < 2; round++)
        {
            var started = TimeProvider.System.GetTimestamp();
            var answer = await ask();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {Since(started):F0} ms ({answer})"));
        }
    }

    private static double Since(long started) => TimeProvider.System.GetElapsedTime(started).TotalMilliseconds;

    private static async Task<string> UsedAsync(BenchServer server) =>
        (await server.CommandAsync("INFO", "memory")).Split('\n').First(line => line.StartsWith("used_memory_human", StringComparison.Ordinal)).Trim();
}

namespace Slimta.Storage.Tests;

/// <summary>What the server leaves out before messages are looked at is what they would have been left out for.</summary>
public abstract partial class StorageContract
{
    private static readonly string[] Locals = ["ann", "Bob+tag", "o'brien", "\"quo ted\"", "jürgen", "a&b", "x/y=z", "K"];
    private static readonly string[] Domains = ["example.org", "Sub.Example.NET", "bücher.example", "xn--bcher-kva.example", "BÜCHER.example", "ｅｘａｍｐｌｅ.org", "[192.0.2.1]", "münchen.test"];
    private static readonly string[] Words = ["order", "Order 7", "Grüße", "<html>", "it's", "\"client\":", "a\\b", "50 %", "ſtop", "KELVIN K", "日本", "\",\"client\":{"];

    [Fact]
    public async Task No_filter_leaves_out_on_the_server_what_it_means()
    {
        var random = new Random(7);
        for (var i = 0; i < 120; i++)
            await Storage.WriteAsync(Odd(random, i));
        await Storage.WriteAsync(Mail.To([.. Enumerable.Range(0, 20_000).Select(i => $"r{i}@many.test"), "last@many.example"]) with { Subject = "order" });
        await foreach (var entry in NewStorage().WaitAsync(30, Soon).Take(20))
        {
            await entry.SettleAsync(Settlement.Retry(TimeSpan.FromHours(1)) with
            {
                Attempt = Mail.Attempt(new RecipientOutcome(0, DeliveryOutcome.Transient) { Reply = $"451 4.7.1 <{Any(random, Locals)}>: {Any(random, Words)}" }),
            });
        }
        var all = await AllAsync(new(), 1000);
        var errors = new Dictionary<string, QueueListing>();
        foreach (var listing in all)
            errors[listing.Id] = (await Storage.FindAsync(new() { Id = listing.Id, LastError = "" })).Messages.SingleOrDefault() ?? listing;

        for (var i = 0; i < 150; i++)
        {
            var filter = OddFilter(random);
            var meant = errors.Values.Where(listing => filter.Matches(listing.Message, TimeProvider.System.GetUtcNow())).Select(listing => listing.Id).Order();
            var found = (await AllAsync(filter, random.Next(1, 200))).Select(listing => listing.Id).Order();
            Assert.True(meant.SequenceEqual(found), $"{filter} means {meant.Count()} and finds {found.Count()}");
        }
    }

    [Fact]
    public async Task No_filter_leaves_out_on_the_server_what_it_means_in_history()
    {
        var random = new Random(8);
        for (var i = 0; i < 60; i++)
            await Storage.WriteAsync(Odd(random, i));
        await foreach (var entry in NewStorage().WaitAsync(30, Soon).Take(60))
            await entry.SettleAsync(Settlement.Remove());
        var all = (await Storage.FindEndedAsync(new(), 1000)).Messages;
        Assert.Equal(60, all.Count);

        for (var i = 0; i < 150; i++)
        {
            var filter = OddFilter(random);
            var ended = new HistoryFilter { Sender = filter.Sender, Recipient = filter.Recipient, Domain = filter.Domain, Subject = filter.Subject, MessageId = filter.MessageId };
            var page = await Storage.FindEndedAsync(ended, 1000);
            Assert.Null(page.Cursor);
            Assert.Equal(all.Where(ended.Matches).Select(message => message.Id), page.Messages.Select(message => message.Id));
        }
    }

    private static T Any<T>(Random random, T[] choices) => choices[random.Next(choices.Length)];

    private static string OddAddress(Random random) => $"{Any(random, Locals)}@{Any(random, Domains)}";

    private static Envelope Odd(Random random, int number) => Mail.To([.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => OddAddress(random)).Distinct()]) with
    {
        Sender = random.Next(5) == 0 ? "" : OddAddress(random),
        Subject = random.Next(4) == 0 ? null : $"{Any(random, Words)} {Any(random, Words)}",
        MessageId = $"{number}.{Any(random, Words).Replace(' ', '.')}@{Any(random, Domains)}",
    };

    private static MessageFilter OddFilter(Random random) => random.Next(7) switch
    {
        0 => new() { Sender = Any(random, [OddAddress(random), "@" + Any(random, Domains), ""]) },
        1 => new() { Recipient = Cased(random, OddAddress(random)) },
        2 => new() { Domain = Cased(random, Any(random, [.. Domains, "*.example.net", "many.example", "*.test", "MANY.test"])) },
        3 => new() { Subject = Cased(random, Any(random, Words)) },
        4 => new() { MessageId = $"<{random.Next(120)}.{Any(random, Words).Replace(' ', '.')}@{Any(random, Domains)}>" },
        5 => new() { LastError = Cased(random, Any(random, [.. Words, .. Locals, "451 4.7.1 <", "7.1"])) },
        _ => new() { Subject = Any(random, Words), Domain = Any(random, Domains), LastError = random.Next(2) == 0 ? "451" : null },
    };

    private static string Cased(Random random, string text) => random.Next(3) switch { 0 => text.ToUpperInvariant(), 1 => text.ToLowerInvariant(), _ => text };
}

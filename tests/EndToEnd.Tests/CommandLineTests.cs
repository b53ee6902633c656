using System.Text.Json.Nodes;

namespace Slimta.EndToEnd;

/// <summary><c>slimta</c> as an operator runs it, on an edge with no relay, so that all mail stays where it is.</summary>
public sealed class CommandLineTests : IAsyncLifetime
{
    private readonly OperatedEdge _operated = new();

    private StandaloneProcess Edge => _operated.Edge;

    public Task InitializeAsync() => _operated.InitializeAsync();

    public Task DisposeAsync() => _operated.DisposeAsync();

    [Fact]
    public async Task An_operator_finds_mail_asks_why_it_waits_and_sets_it_right()
    {
        await Edge.SendAsync("one");
        await Edge.SendAsync("two");
        await Edge.SendFromAsync("", "three");
        var listed = (await RunAsync(0, "list", "--json")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
        var ids = listed.Select(message => (string)message["id"]!).ToList();
        var domain = ((string)listed[0]["recipients"]![0]!).Split('@')[1];
        Assert.Equal(3, ids.Count);

        Assert.Contains("1 found", await RunAsync(0, "list", "--subject", "TWO"), StringComparison.Ordinal);
        Assert.Contains("0 found", await RunAsync(0, "list", "--last-error", "451", "--message-id", "no@such.test"), StringComparison.Ordinal);
        var queue = await RunAsync(0, "queue");
        Assert.Contains("3 in the queue: 3 due, 0 scheduled, 0 leased", queue, StringComparison.Ordinal);
        Assert.Contains(domain, queue, StringComparison.Ordinal);
        Assert.Contains("No relay is running", queue, StringComparison.Ordinal);
        Assert.Contains("Due since", await RunAsync(0, "why", ids[0]), StringComparison.Ordinal);
        Assert.Contains($"id: {ids[0]}", await RunAsync(0, "show", ids[0]), StringComparison.Ordinal);
        Assert.Contains("sender: <> waiting: 1", await RunAsync(0, "show", ids[2]), StringComparison.Ordinal);
        Assert.Contains(": on hold.", await RunAsync(0, "hold", ids[0], "--reason", "look"), StringComparison.Ordinal);
        Assert.Contains("Held since", await RunAsync(0, "why", ids[0]), StringComparison.Ordinal);
        Assert.Contains("on hold", await RunAsync(4, "retry", ids[0]), StringComparison.Ordinal);
        Assert.Contains("would change 2 messages", await RunAsync(0, "hold", "--domain", domain, "--reason", "all"), StringComparison.Ordinal);
        Assert.Contains("hold: 2 messages on hold.", await RunAsync(0, "hold", "--domain", domain, "--reason", "all", "--yes"), StringComparison.Ordinal);
        Assert.Contains("3 found", await RunAsync(0, "list", "--state", "held"), StringComparison.Ordinal);
        Assert.Contains(": back in the schedule.", await RunAsync(0, "release", ids[0]), StringComparison.Ordinal);
        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.eml");
        Assert.Contains($" B in {file}.", await RunAsync(0, "content", ids[0], "--output", file), StringComparison.Ordinal);
        var content = await File.ReadAllTextAsync(file);
        Assert.Contains("Subject: ", content, StringComparison.Ordinal);
        Assert.Equal(content, await RunAsync(0, "content", ids[0], "--json"));
        Assert.Contains("exists already", await RunAsync(2, "content", ids[0], "--output", file), StringComparison.Ordinal);
        File.Delete(file);
        Assert.Contains(": to be bounced: the next free relay tells the sender.", await RunAsync(0, "bounce", ids[0], "--text", "no such user"), StringComparison.Ordinal);
        Assert.Contains("A bounce was ordered by ann: no such user.", await RunAsync(0, "why", ids[0]), StringComparison.Ordinal);
        Assert.Equal("""{"action":"drop","count":3,"delivering":0}""", (await RunAsync(0, "drop", "--all", "--json")).Trim());
        var job = JsonNode.Parse(await RunAsync(0, "drop", "--all", "--yes", "--json"))!;
        Assert.Equal(("done", 3, "ann"), ((string?)job["state"], (int)job["done"]!, (string?)job["author"]));
        Assert.Contains("0 in the queue", await RunAsync(0, "queue"), StringComparison.Ordinal);
        await Edge.SaysAsync("Operator ann from");

        // What was ordered on all that match is found again as jobs.
        Assert.Matches($"{job["id"]} done drop on all messages 3 0 0 ann .* 2 jobs[.]$", await RunAsync(0, "jobs"));
        Assert.Contains("drop: 3 messages dropped: the sender is not told.", await RunAsync(0, "jobs", (string)job["id"]!), StringComparison.Ordinal);
        Assert.Contains("The job has ended.", await RunAsync(4, "cancel", (string)job["id"]!), StringComparison.Ordinal);
        Assert.Contains("No such job", await RunAsync(3, "jobs", "nosuch"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_operator_lists_the_oldest_and_the_largest_first()
    {
        // By more than Message-IDs differ in length.
        await Edge.SendAsync(new string('b', 200));
        await Edge.SendAsync(new string('a', 400));
        await Edge.SendAsync("c");
        var ids = (await RunAsync(0, "list", "--json")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (string)JsonNode.Parse(line)!["id"]!).ToList();
        await RunAsync(0, "reschedule", ids[0], "--at", "2199-01-01T00:00:00Z");

        Assert.Equal([ids[1], ids[2], ids[0]], await IdsAsync());
        Assert.Equal(ids, await IdsAsync("--sort", "oldest"));
        Assert.Equal([ids[0], ids[1]], await IdsAsync("--sort", "oldest", "--limit", "2"));
        Assert.Equal([ids[1], ids[0], ids[2]], await IdsAsync("--sort", "largest"));
        Assert.Contains("1 shown; there may be more", await RunAsync(0, "list", "--sort", "attempts", "--limit", "1"), StringComparison.Ordinal);
        Assert.Contains("'oldest'", await RunAsync(2, "list", "--sort", "age"), StringComparison.Ordinal);

        async Task<List<string>> IdsAsync(params string[] options) => [.. (await RunAsync(0, ["list", "--json", .. options]))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (string)JsonNode.Parse(line)!["id"]!)];
    }

    [Fact]
    public async Task An_operator_pauses_and_resumes_and_sets_rules()
    {
        await Edge.SendAsync("one");
        var listed = JsonNode.Parse((await RunAsync(0, "list", "--json")).Trim())!;
        var (id, domain) = ((string)listed["id"]!, ((string)listed["recipients"]![0]!).Split('@')[1]);

        Assert.Contains($"mail to {domain} is paused by ann since", await RunAsync(0, "pause", domain, "--why", "disk full", "--for", "2h"), StringComparison.Ordinal);
        Assert.Contains("paused by ann since", await RunAsync(0, "why", id), StringComparison.Ordinal);
        Assert.Matches("paused by rule [0-9a-f]{8}: disk full", await RunAsync(0, "list"));
        Assert.Contains("does the same: mail to", await RunAsync(0, "pause", domain, "--why", "still full"), StringComparison.Ordinal);
        var queue = await RunAsync(0, "queue");
        Assert.Contains($"PAUSED: mail to {domain} is paused by ann", queue, StringComparison.Ordinal);
        Assert.Contains("disk full", queue, StringComparison.Ordinal);
        Assert.Contains($"{domain} paused 1", queue, StringComparison.Ordinal);
        Assert.Contains("all mail is paused by ann since", await RunAsync(0, "pause", "--yes", "--why", "new disk", "--until", "2199-01-01T00:00:00Z"), StringComparison.Ordinal);
        Assert.Contains("PAUSED: all mail is paused by ann", await RunAsync(0, "queue"), StringComparison.Ordinal);
        Assert.Contains("pause the queue ann", await RunAsync(0, "rules"), StringComparison.Ordinal);
        Assert.Contains("the queue: pause ended.", await RunAsync(0, "resume"), StringComparison.Ordinal);
        Assert.Contains($"{domain}: pause ended.", await RunAsync(0, "resume", domain), StringComparison.Ordinal);
        Assert.Contains("not paused", await RunAsync(3, "resume"), StringComparison.Ordinal);

        var rule = JsonNode.Parse(await RunAsync(0, "rules", "add", "drop", "--sender", "<>", "--domain", "*.b.test", "--why", "storm", "--json"))!;
        Assert.Equal(("", "*.b.test"), ((string?)rule["sender"], (string?)rule["domain"]));
        Assert.Contains($"{rule["id"]} drop *.b.test <> ann", await RunAsync(0, "rules"), StringComparison.Ordinal);
        Assert.Contains($"{rule["id"]}: removed.", await RunAsync(0, "rules", "remove", (string)rule["id"]!), StringComparison.Ordinal);
        Assert.Contains("No such rule", await RunAsync(3, "rules", "remove", (string)rule["id"]!), StringComparison.Ordinal);
        Assert.Contains("mail from b.test is held by ann", await RunAsync(0, "rules", "add", "hold", "--sender", "@b.test", "--why", "x"), StringComparison.Ordinal);
        Assert.Equal("hold", (string?)JsonNode.Parse(await RunAsync(0, "rules", "list", "--json"))!["rules"]!.AsArray().Single()!["action"]);
        Assert.Contains("1 rule in force: see 'slimta rules'.", await RunAsync(0, "queue"), StringComparison.Ordinal);
        Assert.Contains("--yes: The rule would hold all mail. Name a domain or a sender, or say --yes if", await RunAsync(2, "rules", "add", "hold", "--why", "x"), StringComparison.Ordinal);
        Assert.Contains("--state: retry does not apply to messages that are held: the state must be scheduled, or left out.", await RunAsync(2, "retry", "--state", "held"), StringComparison.Ordinal);
        Assert.Contains("--older-than: 'long' is no time span", await RunAsync(2, "retry", "--older-than", "long"), StringComparison.Ordinal);
        Assert.Contains("<domain>: 'no domain' is no domain", await RunAsync(2, "pause", "no domain", "--why", "x"), StringComparison.Ordinal);
        await RunAsync(0, "rules", "add", "hold", "--why", "x", "--yes");
        Assert.Equal(2, JsonNode.Parse(await RunAsync(0, "rules", "list", "--json"))!["rules"]!.AsArray().Count);
    }

    [Fact]
    public async Task What_became_of_a_message_is_found_shown_and_told()
    {
        await Edge.SendAsync("one");
        await Edge.SendAsync("two");
        await RunAsync(0, "drop", "--all", "--yes", "--reason", "wrong link");
        var ended = (await RunAsync(0, "history", "--outcome", "dropped", "--json")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
        var id = (string)ended[0]["id"]!;

        Assert.Equal((2, "ann", "wrong link"), (ended.Count, (string?)ended[0]["by"], (string?)ended[0]["reason"]));
        Assert.Contains("ann: wrong link 2 found.", await RunAsync(0, "history", "--limit", "0"), StringComparison.Ordinal);
        Assert.Contains("0 found.", await RunAsync(0, "history", "--older-than", "1h"), StringComparison.Ordinal);
        Assert.Contains("outcome: dropped", await RunAsync(0, "show", id), StringComparison.Ordinal);
        Assert.Contains(" by ann: wrong link.", await RunAsync(0, "why", id), StringComparison.Ordinal);
        Assert.Contains("Storage:KeepContent", await RunAsync(4, "resend", id), StringComparison.Ordinal);
        Assert.Contains("delivered, bounced, dropped", await RunAsync(2, "history", "--outcome", "lost"), StringComparison.Ordinal);
    }

    /// <summary>A reply to a customer is looked up by the address: it can be copied from where it stands.</summary>
    [Fact]
    public async Task A_terminal_breaks_no_address_however_narrow_it_is()
    {
        // The longest words of its columns, and what stands around them.
        const int TableFits = 165;
        const string Long = "somebody.with.a.long.name@a-department.of.a-company.example";
        await Edge.SendAsync("a subject of several words, which may stand on several lines", Long);
        await RunAsync(0, "drop", "--all", "--yes", "--reason", "a reason of several words, for which the same is true");

        for (var columns = 60; columns <= 280; columns += columns is > 150 and < 190 ? 3 : 20)
        {
            var lines = await _operated.OnTerminalAsync(columns, "history");
            Assert.True(lines.Exists(line => line.Contains(Long, StringComparison.Ordinal)), $"{columns} columns:\n{string.Join('\n', lines)}");
            // In a table where it fits, in a block where it does not.
            Assert.Equal(columns < TableFits, lines.Contains($"  to: {Long}"));
            Assert.All(lines.Where(_ => columns >= TableFits), line => Assert.True(line.Length <= columns, line));
        }
    }

    private Task<string> RunAsync(int code, params string[] arguments) => _operated.RunAsync(code, arguments);
}

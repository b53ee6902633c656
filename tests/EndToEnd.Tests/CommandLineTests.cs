using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slimta.Edge.Access;
using Slimta.Storage.Tests.Servers;

namespace Slimta.EndToEnd;

/// <summary><c>slimta</c> as an operator runs it, on an edge with no relay, so that all mail stays where it is.</summary>
public sealed class CommandLineTests : IAsyncLifetime
{
    private const string Key = "an operator's key";

    private RedisProcess _redis = null!;
    private StandaloneProcess _edge = null!;

    public async Task InitializeAsync()
    {
        _redis = await RedisProcess.StartAsync();
        _edge = await StandaloneProcess.StartAsync("edge", new()
        {
            ["ConnectionStrings:redis"] = _redis.ConnectionString,
            ["Edge:Http:TrustLoopback"] = "false",
            ["Edge:OperatorKeys:ann"] = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Key))),
        });
    }

    public async Task DisposeAsync()
    {
        await _edge.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task An_operator_finds_mail_asks_why_it_waits_and_sets_it_right()
    {
        await _edge.SendAsync("one");
        await _edge.SendAsync("two");
        await _edge.SendAsync("three");
        var listed = (await RunAsync(0, "list", "--json")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
        var ids = listed.Select(message => (string)message["id"]!).ToList();
        var domain = ((string)listed[0]["recipients"]![0]!).Split('@')[1];
        Assert.Equal(3, ids.Count);

        Assert.Contains("1 found", await RunAsync(0, "list", "--subject", "TWO"), StringComparison.Ordinal);
        Assert.Contains("0 found", await RunAsync(0, "list", "--last-error", "451", "--message-id", "no@such.test"), StringComparison.Ordinal);
        Assert.Contains("3 in the queue: 3 due", await RunAsync(0, "queue"), StringComparison.Ordinal);
        Assert.Contains(domain, await RunAsync(0, "queue"), StringComparison.Ordinal);
        Assert.Contains("Due since", await RunAsync(0, "why", ids[0]), StringComparison.Ordinal);
        Assert.Contains($"id: {ids[0]}", await RunAsync(0, "show", ids[0]), StringComparison.Ordinal);
        Assert.Contains("hold done", await RunAsync(0, "hold", ids[0], "--reason", "look"), StringComparison.Ordinal);
        Assert.Contains("Held since", await RunAsync(0, "why", ids[0]), StringComparison.Ordinal);
        Assert.Contains("on hold", await RunAsync(4, "retry", ids[0]), StringComparison.Ordinal);
        Assert.Contains("would change 2 messages", await RunAsync(0, "hold", "--domain", domain, "--reason", "all"), StringComparison.Ordinal);
        Assert.Contains("2 messages changed", await RunAsync(0, "hold", "--domain", domain, "--reason", "all", "--yes"), StringComparison.Ordinal);
        Assert.Contains("3 found", await RunAsync(0, "list", "--state", "held"), StringComparison.Ordinal);
        Assert.Contains("release done", await RunAsync(0, "release", ids[0]), StringComparison.Ordinal);
        Assert.Contains("bounce done", await RunAsync(0, "bounce", ids[0], "--text", "no such user"), StringComparison.Ordinal);
        Assert.Contains("no such user", await RunAsync(0, "why", ids[0]), StringComparison.Ordinal);
        Assert.Equal("""{"action":"drop","dryRun":false,"done":3,"delivering":0,"failed":[]}""", (await RunAsync(0, "drop", "--all", "--yes", "--json")).Trim());
        Assert.Contains("0 in the queue", await RunAsync(0, "queue"), StringComparison.Ordinal);
        Assert.Contains("Operator ann from", _edge.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_operator_pauses_and_resumes_and_sets_rules()
    {
        await _edge.SendAsync("one");
        var listed = JsonNode.Parse((await RunAsync(0, "list", "--json")).Trim())!;
        var (id, domain) = ((string)listed["id"]!, ((string)listed["recipients"]![0]!).Split('@')[1]);

        Assert.Contains($"mail to {domain} is paused by ann since", await RunAsync(0, "pause", domain, "--why", "disk full", "--for", "2h"), StringComparison.Ordinal);
        Assert.Contains("paused by ann since", await RunAsync(0, "why", id), StringComparison.Ordinal);
        Assert.Contains($"{domain} paused 1", await RunAsync(0, "queue"), StringComparison.Ordinal);
        Assert.Contains("all mail is paused by ann since", await RunAsync(0, "pause", "--why", "new disk", "--until", "2199-01-01T00:00:00Z"), StringComparison.Ordinal);
        Assert.Contains("PAUSED: all mail is paused by ann", await RunAsync(0, "queue"), StringComparison.Ordinal);
        Assert.Contains("the queue: resume done.", await RunAsync(0, "resume"), StringComparison.Ordinal);
        Assert.Contains($"{domain}: resume done.", await RunAsync(0, "resume", domain), StringComparison.Ordinal);
        Assert.Contains("not paused", await RunAsync(3, "resume"), StringComparison.Ordinal);

        var rule = JsonNode.Parse(await RunAsync(0, "rules", "add", "drop", "--sender", "<>", "--domain", "*.b.test", "--why", "storm", "--json"))!;
        Assert.Equal(("", "*.b.test"), ((string?)rule["sender"], (string?)rule["domain"]));
        Assert.Contains($"{rule["id"]} drop *.b.test <> ann", await RunAsync(0, "rules"), StringComparison.Ordinal);
        Assert.Contains($"{rule["id"]}: removed.", await RunAsync(0, "rules", "remove", (string)rule["id"]!), StringComparison.Ordinal);
        Assert.Contains("No such rule", await RunAsync(3, "rules", "remove", (string)rule["id"]!), StringComparison.Ordinal);
        Assert.Contains("mail from b.test is held by ann", await RunAsync(0, "rules", "add", "hold", "--sender", "@b.test", "--why", "x"), StringComparison.Ordinal);
        Assert.Equal("hold", (string?)JsonNode.Parse(await RunAsync(0, "rules", "list", "--json"))!["rules"]!.AsArray().Single()!["action"]);
        Assert.Contains("1 rule stands: see 'slimta rules'.", await RunAsync(0, "queue"), StringComparison.Ordinal);
        Assert.Contains("confirm", await RunAsync(2, "rules", "add", "hold", "--why", "x"), StringComparison.Ordinal);
        await RunAsync(0, "rules", "add", "hold", "--why", "x", "--yes");
        Assert.Equal(2, JsonNode.Parse(await RunAsync(0, "rules", "list", "--json"))!["rules"]!.AsArray().Count);
    }

    [Fact]
    public async Task What_became_of_a_message_is_found_shown_and_told()
    {
        await _edge.SendAsync("one");
        await _edge.SendAsync("two");
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

    [Theory]
    [InlineData(2, "--why", "pause", "b.test")]
    [InlineData(2, "no domain", "pause", "no domain", "--why", "x")]
    [InlineData(2, "Name a message, filters", "drop", "--yes")]
    [InlineData(2, "not both", "drop", "0-abc", "--domain", "b.test")]
    [InlineData(2, "due, scheduled, leased, held", "list", "--state", "sent")]
    [InlineData(2, "--reason", "hold", "0-abc")]
    [InlineData(2, "explode", "explode")]
    [InlineData(2, "http://localhost:5080", "queue", "--url", "edge")]
    [InlineData(3, "No such message is in the queue", "show", "0-abc")]
    [InlineData(3, "No such message is in the history", "resend", "0-abc")]
    [InlineData(6, "cannot be reached", "queue", "--url", "http://127.0.0.1:1")]
    public async Task What_is_wrong_is_told_with_its_exit_code(int code, string words, params string[] arguments) =>
        Assert.Contains(words, await RunAsync(code, arguments), StringComparison.Ordinal);

    [Fact]
    public async Task A_password_becomes_the_hash_that_the_edge_takes()
    {
        var hash = (await RunAsync(0, ["hash-password"], key: null, input: "open sesame\n")).Trim();
        Assert.True(PasswordHash.Verify(hash, "open sesame"));
        Assert.False(PasswordHash.Verify(hash, "open barley"));
        Assert.Contains("The password is empty.", await RunAsync(2, ["hash-password"], key: null, input: "\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_key_comes_with_the_sum_that_the_edge_takes()
    {
        var made = JsonNode.Parse(await RunAsync(0, "new-key", "--json"))!;
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes((string)made["key"]!))), (string?)made["sha256"]);
    }

    [Fact]
    public async Task Without_an_operators_key_it_is_denied()
    {
        Assert.Contains("An API key is needed", await RunAsync(5, ["queue"], key: null), StringComparison.Ordinal);
        Assert.Contains("The API key is not known", await RunAsync(5, ["queue"], key: "of another edge"), StringComparison.Ordinal);
    }

    private Task<string> RunAsync(int code, params string[] arguments) => RunAsync(code, arguments, Key);

    private async Task<string> RunAsync(int code, string[] arguments, string? key, string input = "")
    {
        string[] url = arguments.Contains("--url") ? [] : ["--url", $"{_edge.Http.BaseAddress}"];
        var start = new ProcessStartInfo("dotnet", ["exec", Assembly, .. arguments, .. url]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["SLIMTA_KEY"] = key;
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var (said, complained) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        var text = await said + await complained;
        Assert.True(process.ExitCode == code, $"slimta {string.Join(' ', arguments)} ended with {process.ExitCode}: {text}");
        return arguments.Contains("--json") ? text : string.Join(' ', text.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>Built beside this, in the same configuration.</summary>
    private static string Assembly
    {
        get
        {
            var here = new DirectoryInfo(AppContext.BaseDirectory);
            var root = here;
            while (!File.Exists(Path.Combine(root.FullName, "SlimtaAspire.sln")))
                root = root.Parent!;
            return Path.Combine(root.FullName, "Cli", "bin", here.Parent!.Name, here.Name, "slimta.dll");
        }
    }
}

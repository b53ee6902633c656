using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slimta.Edge.Access;

namespace Slimta.EndToEnd;

/// <summary>What <c>slimta</c> says where nothing is changed.</summary>
public sealed class CommandLineErrorsTests(OperatedEdge edge) : IClassFixture<OperatedEdge>
{
    [Theory]
    [InlineData(2, "--reason", "pause", "b.test")]
    [InlineData(2, "no domain", "pause", "no domain", "--why", "x")]
    [InlineData(2, "Name a message, filters", "drop", "--yes")]
    [InlineData(2, "not both", "drop", "0-abc", "--domain", "b.test")]
    [InlineData(2, "due, scheduled, leased, held", "list", "--state", "sent")]
    [InlineData(0, "Why a message is not sent yet")]
    [InlineData(0, "Why a message is not sent yet", "help")]
    [InlineData(0, "--last-error", "help", "list")]
    [InlineData(0, "--reason", "help", "rules", "add")]
    [InlineData(2, "'nosuch' is no command; 'slimta help' lists them.", "help", "nosuch")]
    [InlineData(2, "'ann@b.test' is not a message's id. Find it by --recipient, --domain or --message-id", "why", "ann@b.test")]
    [InlineData(2, "'ann@b.test' is not a message's id", "retry", "0-abc", "ann@b.test")]
    [InlineData(0, "No message waits for ann@b.test. --recipient-state any also finds", "list", "--recipient", "ann@b.test")]
    [InlineData(0, "No rule is in force.", "rules")]
    [InlineData(6, "0-def: not tried.", "hold", "0-abc", "0-def", "--reason", "x", "--url", "http://127.0.0.1:1")]
    [InlineData(3, "0-abc: No such message is in the queue.", "hold", "0-abc", "0-def", "--reason", "x")]
    [InlineData(2, "waiting, completed, any", "list", "--domain", "b.test", "--recipient-state", "done")]
    [InlineData(2, "give recipient or domain", "list", "--recipient-state", "any")]
    [InlineData(2, "<id> is empty", "show", "")]
    [InlineData(2, "<id> is empty", "why", " ")]
    [InlineData(2, "<id> is empty", "drop", "", "--yes")]
    [InlineData(2, "<domain> is empty", "pause", "", "--why", "x")]
    [InlineData(2, "due, scheduled, leased, held", "drop", "--state", "due,scheduled")]
    [InlineData(2, "delivered, bounced, dropped", "history", "--outcome", "delivered,bounced")]
    [InlineData(2, "--reason", "hold", "0-abc")]
    [InlineData(2, "say --yes if the whole queue is meant", "pause", "--why", "x")]
    [InlineData(2, "from 0, which shows all", "list", "--limit", "-2")]
    [InlineData(2, "from 0, which shows all", "history", "--limit", "-1")]
    [InlineData(3, "If it has ended, 'slimta show <id>' tells what became of it.", "retry", "0-abc")]
    [InlineData(3, "No such message is in the queue", "content", "0-abc")]
    [InlineData(0, "release would change nothing: no message that matches is held.", "release", "--domain", "nosuch.test")]
    [InlineData(3, "'slimta rules' lists", "resume", "b.test")]
    [InlineData(2, "explode", "explode")]
    [InlineData(2, "'slimta help' lists the commands.", "explode")]
    [InlineData(2, "'slimta help show' shows what it takes.", "show")]
    [InlineData(2, "'slimta help rules add' shows what it takes.", "rules", "add", "hold")]
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
        Assert.Contains("An API key is needed. Put it into SLIMTA_KEY.", await RunAsync(5, ["queue"], key: null), StringComparison.Ordinal);
        Assert.Contains("The API key is not known", await RunAsync(5, ["queue"], key: "of another edge"), StringComparison.Ordinal);
    }

    private Task<string> RunAsync(int code, params string[] arguments) => edge.RunAsync(code, arguments);

    private Task<string> RunAsync(int code, string[] arguments, string? key, string input = "") => edge.RunAsync(code, arguments, key, input);
}

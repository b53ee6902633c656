using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace AppHost.Tests;

[Collection(nameof(MailSystem))]
public sealed class DeliveryTests(MailSystem system) : IDisposable
{
    private static readonly string[] Recipients = ["you@example.org"];

    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromMinutes(3));

    [Fact]
    public async Task A_message_for_the_edge_is_seen_in_the_mailbox()
    {
        var subject = $"hello {Guid.NewGuid():N}";

        await system.SendAsync([subject], _timeout.Token);

        var message = Assert.Single(await system.Mailbox.WaitForAsync(subject, 1, _timeout.Token));
        Assert.Equal(new Received(subject, "sender@example.com", "recipient@example.net"), message);
    }

    [Fact]
    public async Task A_message_over_HTTP_is_seen_in_the_mailbox()
    {
        var subject = $"over http {Guid.NewGuid():N}";
        using var http = system.App.CreateHttpClient("edge", "http");

        using var answer = await http.PostAsJsonAsync("/messages", new { from = "shop@example.com", to = Recipients, subject, text = "On its way." }, _timeout.Token);

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var message = Assert.Single(await system.Mailbox.WaitForAsync(subject, 1, _timeout.Token));
        Assert.Equal(new Received(subject, "shop@example.com", "you@example.org"), message);
    }

    [Fact]
    public async Task The_commands_of_the_dashboard_send_a_test_message_and_retry()
    {
        await system.HealthyAsync(_timeout.Token, "edge");

        var sent = await system.CommandAsync("edge", "send-test-message", _timeout.Token);
        Assert.Equal($"Accepted as {sent.Data!.Value}", sent.Message);
        var retried = await system.CommandAsync("edge", "retry-all", _timeout.Token);
        Assert.Matches(@"^\d+ messages? (is|are) due now$", retried.Message);

        Assert.NotEmpty(await system.Mailbox.WaitForAsync("A test message", 1, _timeout.Token));
    }

    [Fact]
    public async Task The_commands_of_the_dashboard_pause_and_resume_and_release_what_is_held()
    {
        await system.HealthyAsync(_timeout.Token, "edge");

        var paused = await system.CommandAsync("edge", "pause", _timeout.Token, ("domain", "Paused.test"), ("reason", "their disk is full"), ("for", "2h"));
        Assert.Matches("^Mail to paused[.]test is paused by an operator on this machine since .* until .*, because: their disk is full$", paused.Message);
        Assert.Equal("paused.test is resumed", (await system.CommandAsync("edge", "resume", _timeout.Token, ("domain", "paused.test"))).Message);

        var all = await system.CommandAsync("edge", "pause", _timeout.Token, ("reason", "moves to <Hall 4>"));
        Assert.StartsWith("All mail is paused", all.Message, StringComparison.Ordinal);
        // The dashboard takes what is said for HTML.
        Assert.EndsWith("because: moves to \u2039Hall 4\u203a", all.Message, StringComparison.Ordinal);
        using var http = system.App.CreateHttpClient("edge", "http");
        string subject;
        HttpStatusCode held;
        do
        {
            // A relay that has not heard of the pause yet may have had the one before.
            subject = $"held {Guid.NewGuid():N}";
            using var sent = await http.PostAsJsonAsync("/messages", new { from = "shop@example.com", to = Recipients, subject, text = "x" }, _timeout.Token);
            var id = (await sent.Content.ReadFromJsonAsync<JsonObject>(_timeout.Token))!["id"];
            using var hold = await http.PostAsJsonAsync($"/operator/messages/{id}/hold", new { reason = "look" }, _timeout.Token);
            held = hold.StatusCode;
        }
        while (held != HttpStatusCode.OK);
        Assert.Equal("The queue is resumed", (await system.CommandAsync("edge", "resume", _timeout.Token)).Message);
        Assert.Equal("0 messages released", (await system.CommandAsync("edge", "release-held", _timeout.Token, ("domain", "other.test"))).Message);
        Assert.Equal("1 message released", (await system.CommandAsync("edge", "release-held", _timeout.Token)).Message);
        Assert.NotEmpty(await system.Mailbox.WaitForAsync(subject, 1, _timeout.Token));

        // What it cannot do it says in the edge's own words.
        Assert.Contains("not paused", (await system.TryCommandAsync("edge", "resume", _timeout.Token)).Message, StringComparison.Ordinal);
        var refused = await system.TryCommandAsync("edge", "pause", _timeout.Token, ("domain", "no domain"), ("reason", "x"));
        Assert.Contains("'no domain' is no domain", refused.Message, StringComparison.Ordinal);
        var unsent = await system.TryCommandAsync("edge", "send-test-message", _timeout.Token, ("to", "Ann <ann at example.net>"));
        Assert.Contains("Name \u2039a@example.com\u203a", unsent.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_accepted_is_lost_when_the_queue_stops_and_starts()
    {
        var batch = Guid.NewGuid().ToString("N");
        string[] subjects = [.. Enumerable.Range(100, 40).Select(number => $"{batch} {number}")];

        await system.CommandAsync("relay", KnownResourceCommands.StopCommand, _timeout.Token);
        await system.SendAsync(subjects, _timeout.Token);
        await system.CommandAsync("queue", KnownResourceCommands.StopCommand, _timeout.Token);
        await system.CommandAsync("queue", KnownResourceCommands.StartCommand, _timeout.Token);
        await system.HealthyAsync(_timeout.Token, "queue");
        await system.CommandAsync("relay", KnownResourceCommands.StartCommand, _timeout.Token);

        var received = await system.Mailbox.WaitForAsync(batch, subjects.Length, _timeout.Token);
        Assert.Equal(subjects, received.Select(message => message.Subject).Order(StringComparer.Ordinal));
        await system.HealthyAsync(_timeout.Token, "edge", "relay");
    }

    [Fact]
    public async Task A_relay_that_is_killed_leaves_its_work_to_the_other()
    {
        var batch = Guid.NewGuid().ToString("N");
        string[] subjects = [.. Enumerable.Range(100, 40).Select(number => $"{batch} {number}")];
        var relay = (await system.ReplicasAsync("relay", 2, _timeout.Token))[0];

        var sending = system.SendAsync(subjects, _timeout.Token);
        relay.Kill();
        await sending;

        // What it had leased comes to the other when the lease ends; what it had handed over and not settled comes twice.
        var received = await system.Mailbox.WaitForAsync(batch, subjects.Length, _timeout.Token);
        while (received.DistinctBy(message => message.Subject).Count() < subjects.Length)
            received = await system.Mailbox.WaitForAsync(batch, received.Count + 1, _timeout.Token);
        Assert.Equal(subjects, received.Select(message => message.Subject).Distinct().Order(StringComparer.Ordinal));
        var started = await system.App.ResourceCommands.ExecuteCommandAsync(relay.Id, KnownResourceCommands.StartCommand, _timeout.Token);
        Assert.True(started.Success, started.Message);
        await system.HealthyAsync(_timeout.Token, "relay");
    }

    public void Dispose() => _timeout.Dispose();
}

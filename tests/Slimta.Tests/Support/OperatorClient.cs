using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Slimta.Storage;

namespace Slimta.Tests.Edge;

/// <summary>Asks and orders as an operator does, and puts messages there to ask for.</summary>
internal static class OperatorClient
{
    public static HttpClient ClientOf(EdgeHost host) => new() { BaseAddress = host.Http };

    public static string Hash(string key) => Convert.ToHexString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(key)));

    public static Task<HttpResponseMessage> PostAsync(HttpClient http, string path, string body) =>
        http.PostAsync(path, body.Length == 0 ? null : new StringContent(body, null, "application/json"));

    public static async Task<JsonObject> GetAsync(HttpClient http, string path) => (await http.GetFromJsonAsync<JsonObject>(path))!;

    /// <summary>Starts a job and waits for its end.</summary>
    public static async Task<JsonObject> RunJobAsync(HttpClient http, string body)
    {
        using var started = await PostAsync(http, "/operator/jobs", body);
        var text = await started.Content.ReadAsStringAsync();
        Assert.True(started.StatusCode == System.Net.HttpStatusCode.Accepted, text);
        return await JobEndsAsync(http, started.Headers.Location!.OriginalString);
    }

    public static async Task<JsonObject> JobEndsAsync(HttpClient http, string path)
    {
        while (true)
        {
            var job = await GetAsync(http, path);
            if ((string?)job["state"] != "running")
                return job;
            // A job is asked for: nothing tells of its end.
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    public static async Task<string> WhyAsync(HttpClient http, string id) =>
        (string)(await GetAsync(http, $"/operator/messages/{id}/why"))["recipients"]![0]!["why"]!;

    public static Task<string> WriteAsync(EdgeHost host, string recipient, Due due = default, params string[] others) => host.Queue.WriteAsync(
        new Envelope { Sender = "a@a.test", Recipients = [recipient, .. others], Content = "\r\n"u8.ToArray(), Received = TimeProvider.System.GetUtcNow() }, due);

    public static async Task<QueueEntry> NextAsync(EdgeHost host)
    {
        await foreach (var entry in host.Queue.WaitAsync())
            return entry;
        throw new InvalidOperationException();
    }

    public static async Task<string> WriteDeferredAsync(EdgeHost host)
    {
        await host.Queue.WriteAsync(new Envelope { Sender = "a@a.test", Recipients = ["a@a.test", "b@b.test"], Content = "\r\n"u8.ToArray() });
        await using var entry = await NextAsync(host);
        await entry.SettleAsync(Settlement.Retry(TimeSpan.FromHours(1)) with
        {
            Completed = [0],
            Attempt = Attempt(new(1, DeliveryOutcome.Transient) { Reply = "451 4.7.1 not now", Host = "mx.b.test" }),
        });
        return entry.Id;
    }

    /// <summary>The first recipient has it; of the second it is <paramref name="second"/>.</summary>
    public static AttemptRecord Attempt(RecipientOutcome second) => new()
    {
        Started = new DateTimeOffset(2026, 1, 2, 4, 0, 0, TimeSpan.Zero),
        Duration = TimeSpan.FromSeconds(1),
        Worker = "relay-1",
        Recipients = [new(0, DeliveryOutcome.Delivered) { Reply = "250 ok", Host = "mx.a.test" }, second],
    };
}

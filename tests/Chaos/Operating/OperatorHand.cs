using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slimta.Chaos.Mail;
using Slimta.Chaos.Network;

namespace Slimta.Chaos.Operating;

/// <summary>Speaks with any edge's HTTP API for operators, and notes each order and its answer.</summary>
internal sealed class OperatorHand : IDisposable
{
    public static readonly string[] Names = ["ann", "bob"];

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(15) };
    private readonly IReadOnlyList<Link> _edges;
    private readonly Journal _journal;
    private readonly Random _random;

    public OperatorHand(string name, IReadOnlyList<Link> edges, Journal journal, Random random)
    {
        (Name, _edges, _journal, _random) = (name, edges, journal, random);
        _client.DefaultRequestHeaders.Authorization = new("Bearer", KeyOf(name));
    }

    public string Name { get; }

    /// <summary>What makes an edge know the operators.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Keys =>
        Names.Select(name => KeyValuePair.Create($"Edge:OperatorKeys:{name}", Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(KeyOf(name))))));

    public void Dispose() => _client.Dispose();

    public Order New(string action, string target, Func<Ended, string, bool>? matches = null) =>
        new(_journal.NextOrder(), Name, action, target, matches);

    /// <returns>Null: there was no answer, or no good one.</returns>
    public async Task<JsonNode?> AskAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{Edge.Port}/operator/{path}");
        return await SendAsync(request) is (200, { } answer) ? answer : null;
    }

    /// <summary>One request of an order, at any edge.</summary>
    public async Task<OrderCall> GiveAsync(Order order, HttpMethod method, string path, JsonObject? body = null, string? key = null)
    {
        var edge = Edge;
        using var request = new HttpRequestMessage(method, $"http://127.0.0.1:{edge.Port}/operator/{path}");
        if (body is not null)
            request.Content = JsonContent.Create(body);
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        var at = Clock.Now;
        var (status, answer) = await SendAsync(request);
        var call = new OrderCall(order, at, Clock.Now, edge.Server.Name, status, answer);
        _journal.Orders.Enqueue(call);
        return call;
    }

    private Link Edge => _edges[_random.Next(_edges.Count)];

    private static string KeyOf(string name) => $"the key of {name}, whom the judge knows";

    private async Task<(int Status, JsonNode? Answer)> SendAsync(HttpRequestMessage request)
    {
        try
        {
            using var response = await _client.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            return ((int)response.StatusCode, text.Length > 0 ? JsonNode.Parse(text) : null);
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException or JsonException || Sender.IsLost(error))
        {
            return (0, null);
        }
    }
}

using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Slimta.Chaos.Network;

namespace Slimta.Chaos.Mail;

/// <summary>
/// Submits messages by HTTP. One that is not answered, or with 503, is sent again under the same key, by whichever edge: then it may
/// stand in the queue already, and must not a second time.
/// </summary>
internal sealed class HttpSubmission(Journal journal, IReadOnlyList<Link> edges) : IDisposable
{
    private const int MostTries = 4;

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(15) };

    public async Task SendAsync(TestMessage message, Random random)
    {
        var edge = edges[random.Next(edges.Count)];
        var sent = Sent.Begin(message, edge);
        (sent.ByHttp, sent.Tries) = (true, 1);
        sent.Accepted.AddRange(message.Recipients);
        try
        {
            while (!await TryAsync(edge, message, sent) && sent.Tries < MostTries)
            {
                await Clock.DelayAsync(0.5 * sent.Tries++);
                edge = edges[random.Next(edges.Count)];
            }
        }
        finally
        {
            // However it ends: it may be in the queue.
            journal.Sent.Enqueue(sent);
        }
    }

    public void Dispose() => _client.Dispose();

    /// <returns>False: it is to be tried again.</returns>
    private async Task<bool> TryAsync(Link edge, TestMessage message, Sent sent)
    {
        var query = string.Concat(message.Recipients.Select(recipient => $"&recipient={Uri.EscapeDataString(recipient)}"));
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{edge.Port}/messages?sender={Uri.EscapeDataString(message.Sender)}{query}");
        request.Headers.Add("Idempotency-Key", message.Token);
        request.Content = new ByteArrayContent(message.Content);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("message/rfc822");
        try
        {
            using var response = await _client.SendAsync(request);
            sent.Reply = $"HTTP {(int)response.StatusCode}";
            if (response.StatusCode == HttpStatusCode.Accepted)
                (sent.Id, sent.Acknowledged) = ((await response.Content.ReadFromJsonAsync<Answer>())!.Id, Clock.Now);
            return response.StatusCode != HttpStatusCode.ServiceUnavailable;
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException || Sender.IsLost(error))
        {
            sent.Reply = $"HTTP then {error.GetType().Name}: {error.Message}";
            return false;
        }
    }

    private sealed record Answer(string Id);
}

using System.Text.Json.Serialization;

namespace MyMail.Web;

/// <summary>Hands mail to the edge. When SendAsync returns, the message is durable in the queue, and the relays deliver it.</summary>
public sealed class MailClient(HttpClient edge)
{
    /// <param name="key">The same key sends the message once, however often the request is repeated.</param>
    /// <returns>The message's id in the queue, by which traces and logs know it.</returns>
    public async Task<string> SendAsync(Mail mail, string key, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/messages") { Content = JsonContent.Create(mail), Headers = { { "Idempotency-Key", key } } };
        using var response = await edge.SendAsync(request, cancellation);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<Accepted>(cancellation))!.Id;
    }

    private sealed record Accepted([property: JsonPropertyName("id")] string Id);
}

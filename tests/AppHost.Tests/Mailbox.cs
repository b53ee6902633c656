using System.Net.Http.Json;

namespace AppHost.Tests;

/// <summary>What Mailpit says it was handed.</summary>
internal sealed class Mailbox(HttpClient http)
{
    /// <summary>The messages with this word in their subject, as soon as there are that many.</summary>
    public async Task<IReadOnlyList<Received>> WaitForAsync(string word, int count, CancellationToken cancellationToken)
    {
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        while (true)
        {
            var query = Uri.EscapeDataString($"subject:\"{word}\"");
            var found = await http.GetFromJsonAsync<Page>($"/api/v1/search?query={query}&limit=500", cancellationToken);
            if (found?.Messages.Count >= count)
                return found.Messages;
            await poll.WaitForNextTickAsync(cancellationToken);
        }
    }

    internal sealed record Received(string Subject, Address From, IReadOnlyList<Address> To);

    internal sealed record Address(string Name, [property: System.Text.Json.Serialization.JsonPropertyName("Address")] string Mail);

    private sealed record Page(IReadOnlyList<Received> Messages);
}

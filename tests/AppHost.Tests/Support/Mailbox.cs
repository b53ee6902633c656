using System.Net.Http.Json;
using System.Text.Json;

namespace AppHost.Tests;

/// <summary>What a mailbox says it was handed.</summary>
internal interface IMailbox
{
    /// <summary>All messages with this word in their subject.</summary>
    Task<IReadOnlyList<Received>> FindAsync(string word, CancellationToken cancellationToken);

    /// <summary>The messages with this word in their subject, as soon as there are that many.</summary>
    async Task<IReadOnlyList<Received>> WaitForAsync(string word, int count, CancellationToken cancellationToken)
    {
        // Another process, which can only be asked.
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        while (true)
        {
            var found = await FindAsync(word, cancellationToken);
            if (found.Count >= count)
                return found;
            await poll.WaitForNextTickAsync(cancellationToken);
        }
    }
}

internal sealed record Received(string Subject, string From, string To);

internal sealed class MailpitMailbox(HttpClient http) : IMailbox
{
    public async Task<IReadOnlyList<Received>> FindAsync(string word, CancellationToken cancellationToken)
    {
        var page = await http.GetFromJsonAsync<JsonElement>($"/api/v1/search?query={Uri.EscapeDataString($"subject:\"{word}\"")}&limit=500", cancellationToken);
        return [.. page.GetProperty("messages").EnumerateArray().Select(message => new Received(
            message.GetProperty("Subject").GetString()!,
            message.GetProperty("From").GetProperty("Address").GetString()!,
            string.Join(", ", message.GetProperty("To").EnumerateArray().Select(to => to.GetProperty("Address").GetString()))))];
    }
}

/// <summary>Its page lists the last 50 messages.</summary>
internal sealed class OwnMailbox(HttpClient http) : IMailbox
{
    public async Task<IReadOnlyList<Received>> FindAsync(string word, CancellationToken cancellationToken)
    {
        var page = await http.GetFromJsonAsync<JsonElement>("/status", cancellationToken);
        return [.. page.GetProperty("mailbox").GetProperty("messages").EnumerateArray()
            .Select(message => new Received(
                message.GetProperty("subject").GetString() ?? "", message.GetProperty("sender").GetString()!, message.GetProperty("recipients").GetString()!))
            .Where(message => message.Subject.Contains(word, StringComparison.Ordinal))];
    }
}

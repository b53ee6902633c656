using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Aspire.Hosting;

/// <summary>An edge's answer as a command's result: in the edge's own words where it refuses.</summary>
internal static class EdgeAnswers
{
    public static Task<ExecuteCommandResult> ReadAsync<T>(HttpCommandResultContext context, JsonTypeInfo<T> type, Func<T, ExecuteCommandResult> tell) =>
        ReadAsync(context, type, answer => Task.FromResult(tell(answer)));

    public static async Task<ExecuteCommandResult> ReadAsync<T>(HttpCommandResultContext context, JsonTypeInfo<T> type, Func<T, Task<ExecuteCommandResult>> tell)
    {
        var content = context.Response.Content;
        if (context.Response.IsSuccessStatusCode && await content.ReadFromJsonAsync(type, context.CancellationToken) is { } answer)
            return await tell(answer);
        var text = await content.ReadAsStringAsync(context.CancellationToken);
        return CommandResults.Failure(Shown(Words(text)) ?? $"The edge answered {(int)context.Response.StatusCode}.", text, CommandResultFormat.Json);
    }

    /// <summary>The dashboard takes a result for HTML, and its page ends with an error where "Name &lt;a@example.com&gt;" is no element.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Shown(string? text) => text?.Replace('<', '\u2039').Replace('>', '\u203a');

    /// <summary>Problem details (RFC 9457) in a line; null if it is something else.</summary>
    private static string? Words(string text)
    {
        try
        {
            if (JsonNode.Parse(text) is not JsonObject problem || problem["title"] is not { } title)
                return null;
            var fields = (problem["errors"] as JsonObject ?? []).SelectMany(field => (field.Value as JsonArray ?? []).Select(words => $"{field.Key}: {words}"));
            return string.Join(' ', new[] { $"{title}", $"{problem["detail"]}" }.Concat(fields).Where(words => words.Length > 0));
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Slimta.Cli;

/// <summary>Talks to <c>/operator</c>. A refusal becomes an <see cref="OperatorException"/> with the exit code.</summary>
internal sealed class OperatorClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly Func<string, string> _nameOf;

    /// <param name="nameOf">Maps a member of the API to its name on the command line.</param>
    public OperatorClient(Uri url, string? key, Func<string, string> nameOf)
    {
        _nameOf = nameOf;
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = url, Timeout = TimeSpan.FromMinutes(5) };
        if (!string.IsNullOrEmpty(key))
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public Task<JsonObject> GetAsync(string path, CancellationToken cancellationToken) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, path), cancellationToken);

    public Task<JsonObject> PostAsync(string path, JsonObject body, CancellationToken cancellationToken) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") }, cancellationToken);

    public Task<JsonObject> DeleteAsync(string path, CancellationToken cancellationToken) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Delete, path), cancellationToken);

    /// <summary>Copies what is no JSON, as it comes, to a stream that is opened once it comes.</summary>
    /// <returns>How many bytes it had.</returns>
    public async Task<long> CopyAsync(string path, Func<Stream> open, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!response.IsSuccessStatusCode)
                throw Refused(response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
            await using var target = open();
            await response.Content.CopyToAsync(target, cancellationToken);
            return response.Content.Headers.ContentLength ?? 0;
        }
        catch (Exception error) when (error is HttpRequestException || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw Unreachable(error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new OperatorException(ExitCodes.Failed, $"The message could not be written: {error.Message}");
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonObject> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using (request)
        {
            string text;
            HttpStatusCode status;
            try
            {
                using var response = await _http.SendAsync(request, cancellationToken);
                (text, status) = (await response.Content.ReadAsStringAsync(cancellationToken), response.StatusCode);
            }
            catch (Exception error) when (error is HttpRequestException || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                throw Unreachable(error);
            }
            return (int)status is >= 200 and < 300 && Parse(text) is { } answer ? answer : throw Refused(status, text);
        }
    }

    private OperatorException Unreachable(Exception error) =>
        new(ExitCodes.Unavailable, $"{_http.BaseAddress} cannot be reached: {error.Message.TrimEnd('.')}. Name the edge's HTTP address with --url: Standalone prints it at start, Aspire's dashboard shows it at edge.");

    private OperatorException Refused(HttpStatusCode status, string text) =>
        new(CodeOf(status), Parse(text) is { } problem ? Words(problem) : $"{_http.BaseAddress} answered {(int)status}; is it an edge?");

    private static JsonObject? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    private static int CodeOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.BadRequest => ExitCodes.Usage,
        HttpStatusCode.NotFound => ExitCodes.NotFound,
        HttpStatusCode.Conflict => ExitCodes.LeftAlone,
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.TooManyRequests => ExitCodes.Denied,
        _ => ExitCodes.Unavailable,
    };

    private static string Sentence(JsonNode words) => Text.Of(words) is var text && text.EndsWith('.') ? text : $"{text}.";

    /// <summary>Problem details (RFC 9457) as a person reads them.</summary>
    private string Words(JsonObject problem)
    {
        var lines = new List<string> { OptionNames.In(string.Join(' ', new[] { problem["title"], problem["detail"] }.OfType<JsonNode>().Select(Sentence))) };
        // That the request is not valid is what its errors say.
        if (problem["errors"] is JsonObject { Count: > 0 } && problem["detail"] is null)
            lines.Clear();
        foreach (var (field, problems) in problem["errors"] as JsonObject ?? [])
            lines.AddRange((problems as JsonArray ?? []).Select(words => $"{_nameOf(field)}: {OptionNames.In(Text.Of(words))}"));
        if (problem["done"] is { } done)
            lines.Add($"  {Text.Of(done)} were changed before that.");
        return string.Join('\n', lines);
    }
}

using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Slimta.Cli;

/// <summary>Talks to <c>/operator</c>. What it says no with is an <see cref="OperatorException"/> with the exit code.</summary>
internal sealed class OperatorClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly Func<string, string> _nameOf;

    /// <param name="nameOf">What the command line calls a member of the API.</param>
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
                throw new OperatorException(ExitCodes.Unavailable, $"{_http.BaseAddress} cannot be reached: {error.Message} Name the edge with --url.");
            }
            var answer = Parse(text);
            if ((int)status is >= 200 and < 300 && answer is not null)
                return answer;
            throw new OperatorException(CodeOf(status), answer is null ? $"{_http.BaseAddress} answered {(int)status}; is it an edge?" : Words(answer));
        }
    }

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

    /// <summary>Problem details (RFC 9457) as a person reads them.</summary>
    private string Words(JsonObject problem)
    {
        var lines = new List<string> { string.Join(' ', new[] { Text.Of(problem["title"]), Text.Of(problem["detail"]) }.Where(words => words.Length > 0)) };
        foreach (var (field, problems) in problem["errors"] as JsonObject ?? [])
            lines.AddRange((problems as JsonArray ?? []).Select(words => $"  {_nameOf(field)}: {OptionNames.In(Text.Of(words))}"));
        if (problem["done"] is { } done)
            lines.Add($"  {Text.Of(done)} were changed before that.");
        return string.Join('\n', lines);
    }
}

internal sealed class OperatorException(int code, string message) : Exception(message)
{
    public int Code { get; } = code;
}

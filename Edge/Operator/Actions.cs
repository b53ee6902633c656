using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Slimta.Edge.Http;
using Slimta.Smtp;
using Slimta.Storage;

namespace Slimta.Edge.Operator;

/// <summary>
/// The calls that change something; each change leaves a line in the log. So a client that goes away ends none in the middle: one call does a
/// limited amount.
/// </summary>
internal static class Actions
{
    public const int MostBytes = 16 * 1024;

    public static async Task<IResult> OnOneAsync(string id, string action, HttpContext http, IQueueOperator queue, IQueueRules rules, IRelayStates relays, OperatorAudit audit)
    {
        var request = await ReadAsync(http, OperatorJson.Default.OrderRequest) ?? new();
        var order = request.ToOrder(action) with { By = audit.Author(http) };
        await RouteChoice.CheckAsync(order, relays, http.RequestAborted);
        try
        {
            await queue.OrderAsync(id, order, CancellationToken.None);
        }
        catch (QueueUnavailableException unknown) when (unknown.OutcomeUnknown)
        {
            audit.Unknown(http, action, order, id);
            throw;
        }
        catch (MessageNotFoundException) when (order.Kind == OrderKind.Release)
        {
            var listing = (await queue.InspectAsync(id, http.RequestAborted)).Listing;
            return Results.Problem(statusCode: 409, title: "The message is not on hold.", detail: $"It is {MessageLine.Word(listing.State)}; retry makes it due now.");
        }
        audit.Changed(http, action, order, id);
        return Results.Json(new OneDone(id, action, await HeldBack.OneAsync(id, order.Kind, queue, rules, http.RequestAborted)), OperatorJson.Default.OneDone);
    }

    public static async Task<IResult> RetryAllAsync(HttpContext http, IQueueOperator queue, OperatorAudit audit)
    {
        var retried = await queue.RetryAllNowAsync(CancellationToken.None);
        audit.RetriedAll(http, retried);
        return Results.Json(new RetriedAll(retried), OperatorJson.Default.RetriedAll);
    }

    /// <summary>The members that may stand where <paramref name="path"/> points to.</summary>
    private static IEnumerable<JsonPropertyInfo> MembersAt(string? path, JsonTypeInfo type)
    {
        var first = path?.Split('.').ElementAtOrDefault(1);
        var inner = type.Properties.FirstOrDefault(property => property.Name == first);
        return inner is not null && type.Options.GetTypeInfo(inner.PropertyType) is { Kind: JsonTypeInfoKind.Object } found ? found.Properties : type.Properties;
    }

    /// <summary>Null for an empty body.</summary>
    public static async Task<T?> ReadAsync<T>(HttpContext http, JsonTypeInfo<T> type) where T : class
    {
        HttpIntake.LimitBody(http, MostBytes);
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        if (body.Length == 0)
            return null;
        if (!http.Request.HasJsonContentType())
            throw new BadOrderException("Content-Type", "It must be application/json.");
        try
        {
            return JsonSerializer.Deserialize(body.GetBuffer().AsSpan(0, (int)body.Length), type);
        }
        catch (JsonException bad)
        {
            var members = MembersAt(bad.Path, type).Select(property => property.Name);
            throw new BadOrderException(bad.Path is null or "$" ? "body" : Printable.Text(bad.Path.TrimStart('$', '.')),
                $"Send a JSON object; its members are {string.Join(", ", members)}.");
        }
    }
}

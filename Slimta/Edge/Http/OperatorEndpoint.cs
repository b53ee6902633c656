using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slimta.Storage;

namespace Slimta.Edge.Http;

/// <summary><c>POST /operator/retry-all</c>: every waiting message falls due now.</summary>
internal static class OperatorEndpoint
{
    public static void MapOperator(this IEndpointRouteBuilder app) =>
        app.MapPost("/operator/retry-all", RetryAllAsync)
            .WithName("RetryAll")
            .WithSummary("Makes every waiting message due now")
            .Produces<RetriedAll>()
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable)
            .RequireEdgeAccess();

    private static async Task<IResult> RetryAllAsync(IQueueOperator queue, CancellationToken cancellationToken)
    {
        try
        {
            return Results.Json(new RetriedAll(await queue.RetryAllNowAsync(cancellationToken)), OperatorJson.Default.RetriedAll);
        }
        catch (QueueException)
        {
            return Results.Problem(statusCode: 503, title: EdgeReplies.Unavailable.Text);
        }
    }
}

/// <summary>How many messages were brought forward.</summary>
internal sealed record RetriedAll(int Retried);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RetriedAll))]
internal sealed partial class OperatorJson : JsonSerializerContext;

using Slimta.Edge.Http;
using Slimta.Storage;

namespace Slimta.Edge.Operator;

/// <summary>The operators' queries and orders, under <c>/operator</c>.</summary>
internal static class OperatorRoutes
{
    /// <summary>A queue of the host's own may have less than ours.</summary>
    public static readonly Type[] Needed = [typeof(IQueueOperator), typeof(IQueueRules), typeof(IRelayStates), typeof(IOrderJobs), typeof(IQueueHistory)];

    public static void MapOperator(this IEndpointRouteBuilder app)
    {
        var routes = app.MapGroup("/operator").WithTags("Operator").RequireOperatorAccess();
        routes.MapGet("/messages", Questions.ListAsync)
            .WithName("ListMessages").WithSummary("Finds messages, a page at a time")
            .WithDescription($"Query: {OperatorFilter.Names}, limit (1 to {Questions.MostListed}), cursor. A page may be short and have a cursor.")
            .Produces<MessageList>().ProducesValidationProblem();
        routes.MapGet("/messages/{id}", Questions.ShowAsync)
            .WithName("ShowMessage").WithSummary("One message, with every attempt").Produces<MessageView>().ProducesProblem(404);
        routes.MapGet("/messages/{id}/why", Questions.WhyAsync)
            .WithName("WhyNotSent").WithSummary("Why a message is not sent yet, or how it ended, in a sentence for each recipient").Produces<WhyView>().ProducesProblem(404);
        routes.MapGet("/messages/{id}/content", Questions.ContentAsync)
            .WithName("MessageContent").WithSummary("The message as it is stored, as message/rfc822").Produces(200, contentType: "message/rfc822").ProducesProblem(404);
        routes.MapGet("/page", Questions.Page).WithName("OperatorPage").WithSummary("What the page at /queue/ needs to know: the version, and where traces are").Produces<PageView>();
        routes.MapGet("/overview", Questions.OverviewAsync)
            .WithName("QueueOverview").WithSummary("The waiting mail, by destination").Produces<OverviewView>().ProducesValidationProblem();
        routes.MapGet("/routes", RouteChoice.ListAsync)
            .WithName("ListRoutes").WithSummary("The relays' routes that an order can send mail by").Produces<RouteList>();
        routes.MapPost("/messages/{id}/{action}", Actions.OnOneAsync)
            .WithName("ActOnMessage").WithSummary("Carries out an order on one message")
            .WithDescription($"Action: {OrderRequest.Actions}. A message that is being delivered is left alone: 409.")
            .Accepts<OrderRequest>("application/json").Produces<OneDone>().ProducesValidationProblem().ProducesProblem(404).ProducesProblem(409);
        routes.MapPost("/retry-all", Actions.RetryAllAsync)
            .WithName("RetryAll").WithSummary("Makes every waiting message due now").Produces<RetriedAll>();
        routes.MapJobs();
        routes.MapRules();
        routes.MapHistory();
    }

    /// <summary>An operator's key, which is another than a sender's, or a client on this machine.</summary>
    private static RouteGroupBuilder RequireOperatorAccess(this RouteGroupBuilder routes)
    {
        routes.ProducesProblem(401).ProducesProblem(403).ProducesProblem(503);
        return routes.RequireKey(KeyKinds.Operator).AddEndpointFilter(async (context, next) =>
        {
            try
            {
                return await next(context);
            }
            catch (Exception error) when (OperatorProblem.Of(error) is { } problem)
            {
                return problem;
            }
        });
    }
}

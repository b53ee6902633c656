namespace Slimta.Edge.Operator;

/// <summary>What became of messages, and sending them again, under <c>/operator/history</c>.</summary>
internal static class HistoryRoutes
{
    public static void MapHistory(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/history", HistoryQuestions.ListAsync)
            .WithName("ListEnded").WithSummary("The messages that have ended, the last first, a page at a time")
            .WithDescription($"Query: {HistoryQuery.Names}, limit (1 to {Questions.MostListed}), cursor. A page may be short and have a cursor.")
            .Produces<EndedList>().ProducesValidationProblem();
        routes.MapGet("/history/{id}", HistoryQuestions.ShowAsync)
            .WithName("ShowEnded").WithSummary("One message that has ended, with the final reply for each recipient and every attempt").Produces<EndedView>().ProducesProblem(404);
        routes.MapPost("/history/{id}/resend", Resend.OnOneAsync)
            .WithName("Resend").WithSummary("Sends a bounced message again, to the recipients that failed or to those named; needs Storage:KeepContent")
            .WithDescription("With the header Idempotency-Key, or without any, the same request again answers with the same new message.")
            .Accepts<ResendRequest>("application/json").Produces<Resent>().ProducesValidationProblem().ProducesProblem(404).ProducesProblem(409);
    }
}

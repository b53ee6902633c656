using Slimta.Edge.Http;
using Slimta.Storage;

namespace Slimta.Edge.Operator;

/// <summary>Queries about messages that have ended.</summary>
internal static class HistoryQuestions
{
    public static async Task<IResult> ListAsync(HttpContext http, IQueueHistory history)
    {
        var errors = new FieldErrors();
        var filter = HistoryQuery.Read(http.Request.Query, errors);
        var limit = Questions.Limit(http, 100, Questions.MostListed, errors);
        if (errors.Any)
            return errors.ToResult();
        var cursor = http.Request.Query["cursor"].ToString() is { Length: > 0 } given ? given : null;
        var page = await history.FindEndedAsync(filter, limit, cursor, http.RequestAborted);
        return Results.Json(new EndedList([.. page.Messages.Select(ended => EndedLine.Of(ended, filter))], page.Cursor), HistoryJson.Default.EndedList);
    }

    public static async Task<IResult> ShowAsync(string id, HttpContext http, IQueueHistory history) =>
        await history.FindEndedAsync(id, http.RequestAborted) is { } ended ? Results.Json(EndedView.Of(ended), HistoryJson.Default.EndedView) : Missing;

    /// <summary>Of a message that the queue does not have either.</summary>
    public static IResult Nowhere => Results.Problem(statusCode: 404, title: "No such message is in the queue or in the history.",
        detail: "Is the id whole? If it has ended, its history may no longer be kept (Storage:HistoryAge, Storage:HistoryMessages).");

    public static IResult Missing => Results.Problem(statusCode: 404, title: "No such message is in the history.",
        detail: "It has not ended, or its history is no longer kept, or not kept at all (Storage:HistoryAge, Storage:HistoryMessages).");
}

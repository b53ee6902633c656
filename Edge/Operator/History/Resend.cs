using Slimta.Storage;

namespace Slimta.Edge.Operator;

/// <summary>Sends a message that bounced once more.</summary>
internal static class Resend
{
    private const int MostKey = 255;

    public static async Task<IResult> OnOneAsync(string id, HttpContext http, IQueueHistory history, OperatorAudit audit)
    {
        var request = await Actions.ReadAsync(http, HistoryJson.Default.ResendRequest) ?? new();
        var key = http.Request.Headers.TryGetValue("Idempotency-Key", out var keys) ? keys.ToString() : null;
        if (key?.Length is 0 or > MostKey || keys.Count > 1)
            return OperatorProblem.Invalid("Idempotency-Key", $"Give it once, with 1 to {MostKey} characters.");
        if (request.Recipients?.Any(string.IsNullOrWhiteSpace) == true)
            return OperatorProblem.Invalid("recipients", "One of them is empty.");
        ResentMessage made;
        try
        {
            made = await history.ResendAsync(id, request.Recipients, key, CancellationToken.None);
        }
        catch (KeyNotFoundException)
        {
            return HistoryQuestions.Missing;
        }
        catch (ArgumentException refused)
        {
            return OperatorProblem.Invalid("recipients", refused.Message.Split(" (Parameter", 2)[0]);
        }
        audit.Resent(http, id, made.Id);
        return Results.Json(new Resent(id, made.Id, made.IsReplay ? true : null), HistoryJson.Default.Resent);
    }
}

using Slimta.Edge.Http;
using Slimta.Storage;

namespace Slimta.Edge.Operator;

/// <summary>The queue's refusals as problem details (RFC 9457). An operator may read the queue's own words.</summary>
internal static class OperatorProblem
{
    /// <summary>Null for a fault of ours.</summary>
    public static IResult? Of(Exception error) => error switch
    {
        MessageNotFoundException or KeyNotFoundException => Results.Problem(statusCode: 404, title: "No such message is in the queue.",
            detail: "If it has ended, GET /operator/history/{id} tells what became of it."),
        RuleNotFoundException => Results.Problem(statusCode: 404, title: "No such rule is in force.", detail: Rest(error)),
        TooManyRulesException => Results.Problem(statusCode: 409, title: "There are too many rules.", detail: error.Message),
        JobNotFoundException => Results.Problem(statusCode: 404, title: "No such job is known.", detail: Rest(error)),
        JobEndedException => Results.Problem(statusCode: 409, title: "The job has ended.", detail: error.Message),
        TooManyJobsException => Results.Problem(statusCode: 409, title: "Too many jobs are running.", detail: error.Message),
        MessageLeasedException leased => Results.Problem(statusCode: 409, title: "The message is being delivered.", detail: leased.Message,
            extensions: new Dictionary<string, object?> { ["relay"] = leased.Owner, ["leaseUntil"] = $"{leased.Until:O}" }),
        MessageHeldException => Results.Problem(statusCode: 409, title: "The message is on hold.", detail: Rest(error)),
        ContentNotKeptException => Results.Problem(statusCode: 409, title: "The content was not kept.", detail: Rest(error)),
        NoRelayException => Results.Problem(statusCode: 409, title: "The routes are not known.", detail: error.Message),
        InvalidCursorException => Invalid("cursor", "It belongs to another query: send it with the filter it came with, or omit it to start over."),
        BadOrderException bad => Invalid(bad.Field, bad.Message),
        BadHttpRequestException { StatusCode: 413 } => Results.Problem(statusCode: 413, title: $"A request has at most {Actions.MostBytes} bytes."),
        QueueException => Results.Problem(statusCode: 503, title: new SubmissionResult(SubmissionOutcome.Unavailable).Text, detail: error.Message),
        _ => null,
    };

    /// <summary>What an error says after its first sentence, which the title says as well.</summary>
    private static string Rest(Exception error) => error.Message.IndexOf(". ", StringComparison.Ordinal) is var end and >= 0 ? error.Message[(end + 2)..] : error.Message;

    public static IResult Invalid(string field, string problem)
    {
        var errors = new FieldErrors();
        errors.Add(field, problem);
        return errors.ToResult();
    }
}

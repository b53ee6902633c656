using Slimta.Smtp;
using Slimta.Storage;

namespace Slimta.Edge.Http;

/// <summary><c>POST /messages</c>.</summary>
internal sealed class MessagesEndpoint(IntakeServices services, HttpIntake intake, ApiKeys keys)
{
    public const string RawType = "message/rfc822";
    public const string JsonType = "application/json";

    private static readonly SmtpReply NotUnderstood = new(550, "5.1.3", "Sender or recipient not understood");

    private SmtpReply TooManyRecipients => new(550, "5.5.3", $"Too many recipients; at most {MaxRecipients} are allowed");

    private int MaxRecipients => services.Options.Smtp.Limits.MaxRecipients;

    public async Task<IResult> SubmitAsync(HttpContext http)
    {
        var slimta = SubmissionReader.IsSlimta(http.Request);
        var (name, refusal) = keys.Admit(http);
        if (refusal is not null)
            return refusal;
        try
        {
            if (slimta)
                return await SubmitSlimtaAsync(http, name);
            return Type(http.Request) switch
            {
                RawType => await SubmitRawAsync(http, name),
                JsonType => await SubmitJsonAsync(http, name),
                _ => Results.Problem(statusCode: 415, title: $"Send {RawType} or {JsonType}."),
            };
        }
        catch (IdempotencyConflictException)
        {
            return Results.Problem(statusCode: 422, title: "The Idempotency-Key was used before for another message.", detail: "Use a new key for a new message.");
        }
        catch (BadHttpRequestException e) when (e.StatusCode == 413)
        {
            return slimta ? SlimtaAnswer.To(http, EdgeReplies.TooLarge) : Answer(http, EdgeReplies.TooLarge, null);
        }
    }

    private async Task<IResult> SubmitRawAsync(HttpContext http, string? name)
    {
        var errors = new FieldErrors();
        if (SubmissionReader.Read(http.Request, name, MaxRecipients, errors) is not { } submission)
            return errors.ToResult();
        var (reply, id) = await intake.TakeRawAsync(http, submission);
        return Answer(http, reply, id);
    }

    private async Task<IResult> SubmitSlimtaAsync(HttpContext http, string? name)
    {
        if (Type(http.Request) is not (RawType or ""))
            return Results.StatusCode(415);
        var errors = new FieldErrors();
        if (SubmissionReader.ReadSlimta(http.Request, name, MaxRecipients, errors) is not { } submission)
            return SlimtaAnswer.To(http, errors.TooMany ? TooManyRecipients : NotUnderstood);
        var (reply, id) = await intake.TakeRawAsync(http, submission);
        Count(reply, id);
        return SlimtaAnswer.To(http, reply);
    }

    private async Task<IResult> SubmitJsonAsync(HttpContext http, string? name)
    {
        HttpIntake.LimitBody(http, services.Options.Http.MaxJsonBytes);
        using var body = await JsonBody.ReadAsync(http.Request, services.Bodies, http.RequestAborted);
        if (body is null)
            return Answer(http, EdgeReplies.Busy, null);
        var errors = new FieldErrors();
        using var composed = MessageReader.Read(body.Bytes, MaxRecipients, errors, http.RequestAborted) is { } request
            ? MimeComposer.Compose(request, services.Options.Hostname, services.Time.GetUtcNow(), errors, http.RequestAborted)
            : null;
        if (composed is null || !SubmissionReader.TryReadKey(http.Request, name, errors, out var key))
            return errors.ToResult();
        var submission = new Submission(composed.Sender, composed.Recipients, SubmissionReader.Client(http.Request, name), key, composed.NeedsUtf8);
        var (reply, id) = await intake.TakeComposedAsync(submission, composed.Message, key is null ? null : body.Fingerprint(), http.RequestAborted);
        return Answer(http, reply, id);
    }

    private static IResult Answer(HttpContext http, SmtpReply reply, string? id)
    {
        Count(reply, id);
        if (id is not null)
            return Results.Json(new MessageAccepted(id), EdgeJson.Default.MessageAccepted, statusCode: 202);
        if (reply.IsTransient)
            http.Response.Headers.RetryAfter = "30";
        var status = reply switch
        {
            { IsTransient: true } => 503,
            { EnhancedCode: "5.3.4" } => 413,
            { EnhancedCode: "5.7.1" } => 403,
            _ => 400,
        };
        if (status != 400)
            return Results.Problem(statusCode: status, title: reply.Text);
        var errors = new FieldErrors();
        errors.Add("body", reply.Text);
        return errors.ToResult();
    }

    private static void Count(SmtpReply reply, string? id)
    {
        if (id is not null)
            EdgeTelemetry.CountAcceptance("http");
        else
            EdgeTelemetry.CountRefusal(reply, "http");
    }

    private static string Type(HttpRequest request)
    {
        var type = request.ContentType.AsSpan();
        var semicolon = type.IndexOf(';');
        return (semicolon < 0 ? type : type[..semicolon]).Trim().ToString().ToLowerInvariant();
    }
}

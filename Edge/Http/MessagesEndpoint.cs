using Slimta.Smtp;

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
        catch (BadHttpRequestException e) when (e.StatusCode == 413)
        {
            return slimta ? SlimtaAnswer.To(http, SubmissionOutcome.TooLarge) : Answer(http, SubmissionOutcome.TooLarge);
        }
    }

    private async Task<IResult> SubmitRawAsync(HttpContext http, string? name)
    {
        var errors = new FieldErrors();
        if (SubmissionReader.Read(http.Request, name, MaxRecipients, errors) is not { } submission)
            return errors.ToResult();
        return Answer(http, await intake.TakeRawAsync(http, submission));
    }

    private async Task<IResult> SubmitSlimtaAsync(HttpContext http, string? name)
    {
        if (Type(http.Request) is not (RawType or ""))
            return Results.StatusCode(415);
        var errors = new FieldErrors();
        if (SubmissionReader.ReadSlimta(http.Request, name, MaxRecipients, errors) is not { } submission)
            return SlimtaAnswer.To(http, 400, errors.TooMany ? TooManyRecipients : NotUnderstood);
        var result = await intake.TakeRawAsync(http, submission);
        EdgeTelemetry.Count(result, "http");
        return SlimtaAnswer.To(http, result);
    }

    private async Task<IResult> SubmitJsonAsync(HttpContext http, string? name)
    {
        HttpIntake.LimitBody(http, services.Options.Http.MaxJsonBytes);
        using var body = await JsonBody.ReadAsync(http.Request, services.Bodies, http.RequestAborted);
        if (body is null)
            return Answer(http, SubmissionOutcome.Busy);
        var errors = new FieldErrors();
        using var composed = MessageReader.Read(body.Bytes, MaxRecipients, errors, http.RequestAborted) is { } request
            ? MimeComposer.Compose(request, services.Options.Hostname, services.Time.GetUtcNow(), errors, http.RequestAborted)
            : null;
        if (composed is null || !SubmissionReader.TryReadKey(http.Request, name, errors, out var key))
            return errors.ToResult();
        var submission = new Submission(composed.Sender, composed.Recipients, SubmissionReader.Client(http.Request, name), key, composed.NeedsUtf8);
        return Answer(http, await intake.TakeComposedAsync(submission, composed.Message, key is null ? null : body.Fingerprint(), http.RequestAborted));
    }

    private static IResult Answer(HttpContext http, SubmissionResult result)
    {
        EdgeTelemetry.Count(result, "http");
        return SubmissionStatus.Answer(http, result);
    }

    private static string Type(HttpRequest request)
    {
        var type = request.ContentType.AsSpan();
        var semicolon = type.IndexOf(';');
        return (semicolon < 0 ? type : type[..semicolon]).Trim().ToString().ToLowerInvariant();
    }
}

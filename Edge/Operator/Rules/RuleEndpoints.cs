using Slimta.Edge.Http;
using Slimta.Storage;

namespace Slimta.Edge.Operator;

/// <summary>Rules for mail from now on.</summary>
internal static class RuleEndpoints
{
    public static void MapRules(this RouteGroupBuilder routes)
    {
        routes.MapGet("/rules", ListAsync)
            .WithName("ListRules").WithSummary("The rules in force").Produces<RuleList>();
        routes.MapPost("/rules", AddAsync)
            .WithName("AddRule").WithSummary("Pauses, holds or drops mail for a recipients' domain or from a sender")
            .WithDescription("A rule that holds or drops all mail needs \"confirm\": true.")
            .Accepts<RuleRequest>("application/json").Produces<RuleView>(201).ProducesValidationProblem().ProducesProblem(409);
        routes.MapDelete("/rules/{id}", RemoveAsync)
            .WithName("RemoveRule").WithSummary("Ends a rule; mail that a pause kept back is due at once").Produces<RuleView>().ProducesProblem(404);
        routes.MapPost("/pause", PauseAsync)
            .WithName("Pause").WithSummary("Pauses a recipients' domain, or the whole queue")
            .Accepts<PauseRequest>("application/json").Produces<RuleView>(201).ProducesValidationProblem().ProducesProblem(409);
        routes.MapPost("/resume", ResumeAsync)
            .WithName("Resume").WithSummary("Ends the pauses of a recipients' domain, or of the whole queue")
            .Accepts<ResumeRequest>("application/json").Produces<RuleList>().ProducesValidationProblem().ProducesProblem(404);
    }

    private static async Task<IResult> ListAsync(HttpContext http, IQueueRules rules) =>
        Results.Json(ListOf((await rules.ReadAsync(http.RequestAborted)).Rules), OperatorJson.Default.RuleList);

    private static async Task<IResult> AddAsync(HttpContext http, IQueueRules rules, OperatorAudit audit, TimeProvider time)
    {
        var request = await Actions.ReadAsync(http, OperatorJson.Default.RuleRequest) ?? new();
        var errors = new FieldErrors();
        var rule = request.Read(audit.Author(http), time.GetUtcNow(), errors);
        return errors.Any ? errors.ToResult() : await SetAsync(rule!, http, rules, audit);
    }

    private static async Task<IResult> PauseAsync(HttpContext http, IQueueRules rules, OperatorAudit audit, TimeProvider time)
    {
        var request = await Actions.ReadAsync(http, OperatorJson.Default.PauseRequest) ?? new();
        var errors = new FieldErrors();
        var rule = request.ToPause(audit.Author(http), time.GetUtcNow(), errors);
        return errors.Any ? errors.ToResult() : await SetAsync(rule, http, rules, audit);
    }

    private static async Task<IResult> SetAsync(QueueRule rule, HttpContext http, IQueueRules rules, OperatorAudit audit)
    {
        try
        {
            rule = await rules.AddAsync(rule, CancellationToken.None);
        }
        catch (QueueUnavailableException unknown) when (unknown.OutcomeUnknown)
        {
            audit.RuleUnknown(http, "sets", $"{rule}");
            throw;
        }
        audit.RuleChanged(http, "sets", rule);
        return Results.Json(RuleView.Of(rule) with { Note = await BesideAsync(rule, http, rules) }, OperatorJson.Default.RuleView, statusCode: 201);
    }

    /// <summary>Another rule that does the same to the same mail, which would still stand when this one has ended.</summary>
    private static async Task<string?> BesideAsync(QueueRule rule, HttpContext http, IQueueRules rules)
    {
        try
        {
            var same = (await rules.ReadAsync(http.RequestAborted)).Rules.FirstOrDefault(other =>
                other.Id != rule.Id && other.Action == rule.Action && other.Domain == rule.Domain && other.Sender == rule.Sender);
            return same is null ? null : $"Rule {same.Id} does the same: {same}.";
        }
        catch (Exception error) when (error is QueueException or OperationCanceledException)
        {
            // The rule is set; that is what the answer has to say.
            return null;
        }
    }

    private static async Task<IResult> RemoveAsync(string id, HttpContext http, IQueueRules rules, OperatorAudit audit) =>
        Results.Json(RuleView.Of(await EndAsync(id, http, rules, audit)), OperatorJson.Default.RuleView);

    private static async Task<IResult> ResumeAsync(HttpContext http, IQueueRules rules, OperatorAudit audit)
    {
        var request = await Actions.ReadAsync(http, OperatorJson.Default.ResumeRequest) ?? new();
        var errors = new FieldErrors();
        var domain = PauseRequest.DomainOf(request.Domain, errors);
        if (errors.Any)
            return errors.ToResult();
        var ended = new List<QueueRule>();
        foreach (var rule in (await rules.ReadAsync(http.RequestAborted)).Rules.Where(rule => rule.Action == RuleAction.Pause && rule.Sender is null && rule.Domain == domain))
            ended.Add(await EndAsync(rule.Id, http, rules, audit));
        return ended.Count == 0
            ? Results.Problem(statusCode: 404, title: domain is null ? "The queue is not paused." : $"No pause names {domain}.", detail: "GET /operator/rules lists the rules in force.")
            : Results.Json(ListOf(ended), OperatorJson.Default.RuleList);
    }

    private static async Task<QueueRule> EndAsync(string id, HttpContext http, IQueueRules rules, OperatorAudit audit)
    {
        try
        {
            var rule = await rules.RemoveAsync(id, CancellationToken.None);
            audit.RuleChanged(http, "removes", rule);
            return rule;
        }
        catch (QueueUnavailableException unknown) when (unknown.OutcomeUnknown)
        {
            audit.RuleUnknown(http, "removes", id);
            throw;
        }
    }

    private static RuleList ListOf(IEnumerable<QueueRule> rules) => new([.. rules.Select(RuleView.Of)]);
}

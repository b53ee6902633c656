using Slimta.Edge.Http;
using Slimta.Smtp;
using Slimta.Storage;

namespace Slimta.Edge.Operator;

/// <summary>Orders on all that match: counted first, then done by a job, which goes on without its client and without this server.</summary>
internal static class JobEndpoints
{
    public static void MapJobs(this RouteGroupBuilder routes)
    {
        routes.MapPost("/jobs/count", CountAsync)
            .WithName("CountMatches").WithSummary("Counts what an order would change, of the next 1,000 messages that match; go on with the cursor")
            .Accepts<CountRequest>("application/json").Produces<CountView>().ProducesValidationProblem();
        routes.MapPost("/jobs", StartAsync)
            .WithName("StartJob").WithSummary("Starts an order on all messages that match")
            .WithDescription($"Action: {OrderRequest.Actions}. A filter that matches every message needs \"all\": true.")
            .Accepts<JobRequest>("application/json").Produces<JobView>(202).ProducesValidationProblem().ProducesProblem(409);
        routes.MapGet("/jobs", ListAsync)
            .WithName("ListJobs").WithSummary("The jobs that run, and those that have ended in the last day").Produces<JobList>();
        routes.MapGet("/jobs/{id}", ShowAsync)
            .WithName("ShowJob").WithSummary("A job's progress, or how it ended").Produces<JobView>().ProducesProblem(404);
        routes.MapPost("/jobs/{id}/cancel", CancelAsync)
            .WithName("CancelJob").WithSummary("Stops a job before its next 1,000 messages; its changes stay")
            .Produces<JobView>(202).ProducesProblem(404).ProducesProblem(409);
    }

    private static async Task<IResult> CountAsync(HttpContext http, IQueueOperator queue, IQueueRules rules, IRelayStates relays)
    {
        var request = await Actions.ReadAsync(http, OperatorJson.Default.CountRequest) ?? new();
        var order = request.ToCount();
        await RouteChoice.CheckAsync(order, relays, http.RequestAborted);
        var errors = new FieldErrors();
        var filter = (request.Filter ?? new()).Read(errors, "filter.");
        if (errors.Any)
            return errors.ToResult();
        try
        {
            var page = await queue.OrderAsync(filter, order, dryRun: true, request.Cursor, http.RequestAborted);
            return Results.Json(new CountView(request.Action!, page.Done, page.Delivering, page.Cursor,
                page.Cursor is null ? await HeldBack.ManyAsync(filter, order.Kind, queue, rules, http.RequestAborted) : null), OperatorJson.Default.CountView);
        }
        catch (ArgumentException refused) when (refused is not InvalidCursorException)
        {
            return BadState(refused);
        }
    }

    private static async Task<IResult> StartAsync(HttpContext http, IOrderJobs jobs, IRelayStates relays, JobRunner runner, OperatorAudit audit)
    {
        var request = await Actions.ReadAsync(http, OperatorJson.Default.JobRequest) ?? new();
        var order = request.ToOrder();
        await RouteChoice.CheckAsync(order, relays, http.RequestAborted);
        var errors = new FieldErrors();
        var filter = (request.Filter ?? new()).Read(errors, "filter.");
        if (filter.IsEmpty && !errors.Any && !request.All)
            errors.Add("filter", "It matches every message. Narrow it, or say \"all\": true if every message is meant.");
        if (errors.Any)
            return errors.ToResult();
        OrderJob job;
        try
        {
            job = await jobs.StartAsync(filter, order, audit.Author(http), CancellationToken.None);
        }
        catch (ArgumentException refused)
        {
            return BadState(refused);
        }
        catch (QueueUnavailableException unknown) when (unknown.OutcomeUnknown)
        {
            audit.JobUnknown(http, request.Action!, $"{OperatorFilter.Of(filter)}", order);
            throw;
        }
        audit.JobStarted(http, job);
        runner.Wake();
        return Accepted(http, job);
    }

    private static async Task<IResult> ListAsync(HttpContext http, IOrderJobs jobs) =>
        Results.Json(new JobList([.. (await jobs.ListAsync(http.RequestAborted)).Select(JobView.Of)]), OperatorJson.Default.JobList);

    private static async Task<IResult> ShowAsync(string id, HttpContext http, IOrderJobs jobs, IQueueOperator queue, IQueueRules rules)
    {
        var job = await jobs.FindAsync(id, http.RequestAborted);
        var note = job.State == OrderJobState.Running ? null : await HeldBack.ManyAsync(job.Filter, job.Order.Kind, queue, rules, http.RequestAborted);
        return Results.Json(JobView.Of(job) with { Note = note }, OperatorJson.Default.JobView);
    }

    private static async Task<IResult> CancelAsync(string id, HttpContext http, IOrderJobs jobs, OperatorAudit audit)
    {
        OrderJob job;
        try
        {
            job = await jobs.CancelAsync(id, audit.Author(http), CancellationToken.None);
        }
        catch (QueueUnavailableException unknown) when (unknown.OutcomeUnknown)
        {
            audit.JobCancelUnknown(http, id);
            throw;
        }
        audit.JobCanceled(http, job);
        return Accepted(http, job);
    }

    private static IResult Accepted(HttpContext http, OrderJob job)
    {
        http.Response.Headers.Location = Printable.Text($"{http.Request.PathBase}/operator/jobs/{job.Id}");
        return Results.Json(JobView.Of(job), OperatorJson.Default.JobView, statusCode: StatusCodes.Status202Accepted);
    }

    private static IResult BadState(ArgumentException refused) => OperatorProblem.Invalid("filter.state", refused.Message.Split(" (Parameter", 2)[0]);
}

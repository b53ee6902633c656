using System.Net.Http.Json;
using System.Text.Json.Serialization;

namespace Aspire.Hosting;

/// <summary>The operator's common orders, as commands of an edge: pause, resume, and release held messages.</summary>
internal static partial class EdgeOrders
{
    private const string Running = "running";
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    public static IResourceBuilder<ProjectResource> WithPauseCommands(this IResourceBuilder<ProjectResource> edge) => edge
        .WithHttpCommand("/operator/pause", "Pause", commandName: "pause", commandOptions: new()
        {
            Description = "Start no attempt for a domain, or for the whole queue, until it is resumed",
            IconName = "Pause",
            Arguments =
            [
                Domain("Recipients' domain", "example.com, or *.example.com; empty for the whole queue"),
                new() { Name = "reason", Label = "Reason", InputType = InputType.Text, Required = true, Placeholder = "Why, for those who find it" },
                new() { Name = "for", Label = "For how long", InputType = InputType.Text, Placeholder = "90s, 30m, 2h, 7d; empty until it is resumed" },
            ],
            PrepareRequest = context => WriteAsync(context, new Pause(Given(context, "domain"), Given(context, "reason"), Given(context, "for")), OrderJson.Default.Pause),
            GetCommandResult = context => EdgeAnswers.ReadAsync(context, OrderJson.Default.Rule, rule => CommandResults.Success(EdgeAnswers.Shown(Sentence(rule.Says)), rule.Id)),
        })
        .WithHttpCommand("/operator/resume", "Resume", commandName: "resume", commandOptions: new()
        {
            Description = "End the pauses of a domain, or of the whole queue",
            IconName = "Play",
            Arguments = [Domain("Recipients' domain", "As the pause names it; empty for the whole queue")],
            PrepareRequest = context => WriteAsync(context, new Resume(Given(context, "domain")), OrderJson.Default.Resume),
            GetCommandResult = context => EdgeAnswers.ReadAsync(context, OrderJson.Default.RuleList, ended => CommandResults.Success(
                $"{ended.Rules[0].Domain ?? "The queue"} is resumed", string.Join(' ', ended.Rules.Select(rule => rule.Id)))),
        });

    public static IResourceBuilder<ProjectResource> WithReleaseHeldCommand(this IResourceBuilder<ProjectResource> edge) =>
        edge.WithHttpCommand("/operator/jobs", "Release held messages", commandName: "release-held", commandOptions: new()
        {
            Description = "Put held messages back into the schedule, due now",
            IconName = "ArrowExit",
            Arguments = [Domain("Recipients' domain", "example.com; empty for all held messages")],
            PrepareRequest = context => WriteAsync(context, new Release("release", new("held", Given(context, "domain"))), OrderJson.Default.Release),
            GetCommandResult = context => EdgeAnswers.ReadAsync(context, OrderJson.Default.Job, job => FollowAsync(context, job)),
        });

    /// <summary>Until the job has ended. A command that is canceled leaves it running.</summary>
    private static async Task<ExecuteCommandResult> FollowAsync(HttpCommandResultContext context, Job job)
    {
        var path = new Uri(context.Response.RequestMessage!.RequestUri!, $"/operator/jobs/{job.Id}");
        for (var pause = TimeSpan.FromMilliseconds(50); job.State == Running; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            await Task.Delay(pause, TimeProvider.System, context.CancellationToken);
            job = (await context.HttpClient.GetFromJsonAsync(path, OrderJson.Default.Job, context.CancellationToken))!;
        }
        var released = job.Done == 1 ? "1 message released" : $"{job.Done} messages released";
        return job.State == "done" && job.Failed == 0
            ? CommandResults.Success(released, $"{job.Done}")
            : CommandResults.Failure($"{released}, {job.Failed} failed; job {job.Id} was {job.State}.");
    }

    private static InteractionInput Domain(string label, string placeholder) =>
        new() { Name = "domain", Label = label, InputType = InputType.Text, Placeholder = placeholder };

    private static Task WriteAsync<T>(HttpCommandRequestContext context, T body, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        context.Request.Content = JsonContent.Create(body, type);
        return Task.CompletedTask;
    }

    private static string? Given(HttpCommandRequestContext context, string name) =>
        context.Arguments.TryGetByName(name, out var input) && input.Value?.Trim() is { Length: > 0 } value ? value : null;

    private static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private sealed record Pause(string? Domain, string? Reason, string? For);

    private sealed record Resume(string? Domain);

    private sealed record Release(string Action, Held Filter);

    private sealed record Held(string State, string? Domain);

    private sealed record Rule(string Id, string? Domain, string Says);

    private sealed record RuleList(Rule[] Rules);

    private sealed record Job(string Id, string State, long Done, long Failed);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonSerializable(typeof(Pause))]
    [JsonSerializable(typeof(Resume))]
    [JsonSerializable(typeof(Release))]
    [JsonSerializable(typeof(RuleList))]
    [JsonSerializable(typeof(Job))]
    private sealed partial class OrderJson : JsonSerializerContext;
}

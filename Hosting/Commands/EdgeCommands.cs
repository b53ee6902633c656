using System.Net.Http.Json;
using System.Text.Json.Serialization;

namespace Aspire.Hosting;

/// <summary>The commands of an edge for the dashboard and <c>aspire resource</c>.</summary>
internal static partial class EdgeCommands
{
    private const string Recipient = "you@example.net";
    private const string Subject = "A test message";

    public static IResourceBuilder<ProjectResource> WithTestMessageCommand(this IResourceBuilder<ProjectResource> edge) =>
        edge.WithHttpCommand("/messages", "Send a test message", commandName: "send-test-message", commandOptions: new()
        {
            Description = "Send a test message through the edge, the queue and a relay",
            IconName = "Send",
            IsHighlighted = true,
            Arguments =
            [
                new() { Name = "to", Label = "Recipient", InputType = InputType.Text, Value = Recipient, Placeholder = Recipient },
                new() { Name = "subject", Label = "Subject", InputType = InputType.Text, Value = Subject, Placeholder = Subject },
            ],
            PrepareRequest = Write,
            GetCommandResult = context => EdgeAnswers.ReadAsync(context, Json.Default.Accepted, message => CommandResults.Success($"Accepted as {message.Id}", message.Id)),
        });

    public static IResourceBuilder<ProjectResource> WithRetryAllCommand(this IResourceBuilder<ProjectResource> edge) =>
        edge.WithHttpCommand("/operator/retry-all", "Retry all now", commandName: "retry-all", commandOptions: new()
        {
            Description = "Make every message that waits for its next attempt due now",
            IconName = "ArrowClockwise",
            GetCommandResult = context => EdgeAnswers.ReadAsync(context, Json.Default.Retried, retried =>
                CommandResults.Success(retried.Count == 1 ? "1 message is due now" : $"{retried.Count} messages are due now", $"{retried.Count}")),
        });

    private static Task Write(HttpCommandRequestContext context)
    {
        context.Request.Content = JsonContent.Create(new TestMessage(
            From: "dashboard@example.com",
            To: [Given("to", Recipient)],
            Subject: Given("subject", Subject),
            Text: "Sent from the Aspire dashboard, through the edge, the queue and a relay."), Json.Default.TestMessage);
        return Task.CompletedTask;

        string Given(string name, string otherwise) =>
            context.Arguments.TryGetByName(name, out var input) && input.Value is { Length: > 0 } value ? value : otherwise;
    }

    private sealed record TestMessage(string From, string[] To, string Subject, string Text);

    private sealed record Accepted(string Id);

    private sealed record Retried([property: JsonPropertyName("retried")] int Count);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(TestMessage))]
    [JsonSerializable(typeof(Accepted))]
    [JsonSerializable(typeof(Retried))]
    private sealed partial class Json : JsonSerializerContext;
}

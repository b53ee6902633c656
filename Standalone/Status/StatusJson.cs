using System.Text.Json.Serialization;

namespace Slimta.Standalone;

/// <summary>The page's data; a part that this process does not have is null.</summary>
/// <param name="Problem">Why no mail is accepted.</param>
/// <param name="Pauses">The operators' pauses, each in a sentence.</param>
internal sealed record StatusReport(
    string Version, string Roles, string? Problem, QueueReport? Queue, IReadOnlyList<WaitingLine>? Waiting,
    IReadOnlyList<DeliveryLine>? Deliveries, MailboxReport? Mailbox, IReadOnlyList<string>? Pauses);

internal sealed record QueueReport(long Due, long Scheduled, long Leased, long Held, long Bytes);

/// <summary>A message in the queue.</summary>
/// <param name="Time">When it is due; for a held one, since when.</param>
/// <param name="Note">Why it is held, or cannot be read.</param>
internal sealed record WaitingLine(
    string Id, string State, DateTimeOffset Time, string? Sender, string? Recipients, int? Attempts, string? Note, string? TraceId);

/// <param name="Total">All that came since the start; the oldest are gone.</param>
internal sealed record MailboxReport(long Total, IReadOnlyList<ReceivedLine> Messages);

internal sealed record ReceivedLine(string Id, DateTimeOffset Received, string Sender, string Recipients, string? Subject, long Size);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StatusReport))]
internal sealed partial class StatusJson : JsonSerializerContext;

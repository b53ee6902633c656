using System.Text.Json.Serialization;

namespace Slimta.Edge.Http;

/// <summary>A message as JSON: <c>POST /messages</c> with <c>application/json</c>.</summary>
/// <param name="From">The sender, as <c>a@example.com</c> or <c>Name &lt;a@example.com&gt;</c>.</param>
/// <param name="Bcc">Recipients that the message does not mention.</param>
internal sealed record MessageRequest(
    string? From,
    IReadOnlyList<string>? To,
    IReadOnlyList<string>? Cc,
    IReadOnlyList<string>? Bcc,
    string? Subject,
    string? Text,
    string? Html,
    IReadOnlyList<MessageAttachment>? Attachments);

/// <summary>An attachment.</summary>
/// <param name="ContentType">Such as <c>application/pdf</c>; by default what the name's ending says.</param>
/// <param name="Content">In base64.</param>
internal sealed record MessageAttachment(string? Name, string? ContentType, byte[]? Content);

/// <summary>The answer: the message is in the queue under this id.</summary>
/// <param name="Replayed">True where its Idempotency-Key was used before for the same request: nothing was added.</param>
internal sealed record MessageAccepted(string Id, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Replayed = null);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(MessageRequest))]
[JsonSerializable(typeof(MessageAccepted))]
internal sealed partial class EdgeJson : JsonSerializerContext;

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slimta.Storage.Redis;

/// <summary>A rule as it stands in Redis: JSON, after a '!' once it has ended.</summary>
internal static class StoredRule
{
    private const char Ended = '!';

    public static byte[] Write(QueueRule rule) => JsonSerializer.SerializeToUtf8Bytes(rule, RuleJson.Default.QueueRule);

    /// <summary>The rule, null where it cannot be read, and whether it still stands.</summary>
    public static (QueueRule? Rule, bool Stands) Read(string id, string text)
    {
        var stands = !text.StartsWith(Ended);
        try
        {
            var rule = JsonSerializer.Deserialize(stands ? text : text[1..], RuleJson.Default.QueueRule);
            return (rule is not null && Enum.IsDefined(rule.Action) && rule.Author is not null && rule.Reason is not null
                ? (rule with { Id = id }).Normalized() : null, stands);
        }
        catch (JsonException)
        {
            return (null, stands);
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, IgnoreReadOnlyProperties = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(QueueRule))]
internal sealed partial class RuleJson : JsonSerializerContext;

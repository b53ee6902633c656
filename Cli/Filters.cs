using System.CommandLine;
using System.Text.Json.Nodes;

namespace Slimta.Cli;

/// <summary>The filters of the API as options; the server judges their values.</summary>
internal sealed class Filters((string Name, Option<string?> Option)[] options)
{
    /// <summary>Of what is in the queue.</summary>
    public static Filters OfQueue() => new(
    [
        ("state", new("--state") { Description = "due, scheduled, leased or held" }),
        ("sender", new("--sender") { Description = "The sender's address; @example.com for a domain; <> for bounces" }),
        ("recipient", new("--recipient") { Description = "The address of a recipient" }),
        ("domain", new("--domain") { Description = "The domain of a recipient; *.example.com for those below it" }),
        ("recipientState", new("--recipient-state") { Description = "Which recipients count for --recipient and --domain: waiting (the default), completed or any" }),
        ("olderThan", new("--older-than") { Description = "Received at least this long ago: 90s, 30m, 2h, 7d" }),
        ("subject", new("--subject") { Description = "Words of the subject" }),
        ("messageId", new("--message-id") { Description = "The whole Message-ID" }),
        ("lastError", new("--last-error") { Description = "Part of the last attempt's error" }),
        ("youngerThan", new("--younger-than") { Description = "Received less than this long ago" }),
    ]);

    /// <summary>Of what has ended.</summary>
    public static Filters OfHistory() => new(
    [
        ("outcome", new("--outcome") { Description = "delivered, bounced or dropped; with a recipient or domain, the outcome for that one" }),
        ("sender", new("--sender") { Description = "The sender's address; @example.com for a domain; <> for bounces" }),
        ("recipient", new("--recipient") { Description = "The address of a recipient" }),
        ("domain", new("--domain") { Description = "The domain of a recipient; *.example.com for those below it" }),
        ("subject", new("--subject") { Description = "Words that stand in the subject" }),
        ("messageId", new("--message-id") { Description = "The header's Message-ID" }),
        ("id", new("--id") { Description = "One message" }),
        ("olderThan", new("--older-than") { Description = "Ended at least this long ago: 90s, 30m, 2h, 7d" }),
        ("youngerThan", new("--younger-than") { Description = "Ended less than this long ago" }),
    ]);

    public void AddTo(Command command)
    {
        foreach (var (_, option) in options)
            command.Options.Add(option);
    }

    public JsonObject Read(ParseResult line)
    {
        var filter = new JsonObject();
        foreach (var (name, option) in options)
        {
            if (line.GetValue(option) is { } value)
                filter[name] = value;
        }
        return filter;
    }

    public static string ToQuery(JsonObject filter) =>
        string.Concat(filter.Select(field => $"&{field.Key}={Uri.EscapeDataString($"{field.Value}")}"));
}

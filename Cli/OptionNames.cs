using System.CommandLine;

namespace Slimta.Cli;

/// <summary>The API's members as the command line calls them.</summary>
internal static class OptionNames
{
    private const string OfFilter = "filter.";

    /// <summary>The option that an error of the API names: "filter.olderThan" is --older-than.</summary>
    public static string Of(string member, Command command)
    {
        var name = Dashed((member.StartsWith(OfFilter, StringComparison.Ordinal) ? member[OfFilter.Length..] : member).Split('[')[0]);
        name = name switch { "dry-run" or "confirm" => "yes", "recipients" => "recipient", _ => name };
        if (command.Options.FirstOrDefault(option => option.Name == $"--{name}" || option.Aliases.Contains($"--{name}")) is { } found)
            return found.Name;
        return command.Arguments.Any(argument => argument.Name == name) ? $"<{name}>" : name;
    }

    /// <summary>In a sentence of the API.</summary>
    public static string In(string sentence) => sentence
        .Replace("GET /operator/history/{id}", "'slimta show <id>'", StringComparison.Ordinal)
        .Replace("GET /operator/history", "'slimta history'", StringComparison.Ordinal)
        .Replace("GET /operator/rules", "'slimta rules'", StringComparison.Ordinal)
        .Replace("GET /operator/jobs", "'slimta jobs'", StringComparison.Ordinal)
        .Replace("GET /operator/messages", "'slimta list'", StringComparison.Ordinal)
        .Replace("Send it as 'Authorization: Bearer <key>'.", "Put it into SLIMTA_KEY.", StringComparison.Ordinal)
        .Replace("\"confirm\": true", "--yes", StringComparison.Ordinal)
        .Replace("\"all\": true", "--all", StringComparison.Ordinal);

    private static string Dashed(string member) =>
        string.Concat(member.Select(c => char.IsAsciiLetterUpper(c) ? $"-{char.ToLowerInvariant(c)}" : $"{c}"));
}

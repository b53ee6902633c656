using Microsoft.Extensions.Configuration;

namespace Slimta.Standalone;

/// <summary>Settings and roles of before 0.2, under their names of today. They work until 0.3.</summary>
internal static class RenamedSettings
{
    private static readonly (string Old, string New)[] Sections = [("Queue", "Garnet"), ("Sink", "Mailbox")];

    /// <summary>True if a name on the command line is an old one.</summary>
    public static bool IsOld(string section) => Sections.Any(renamed => renamed.Old.Equals(section, StringComparison.OrdinalIgnoreCase));

    /// <summary>Sets the new names where only the old ones are set.</summary>
    /// <returns>A line for each, to be shown.</returns>
    public static IReadOnlyList<string> Apply(IConfigurationManager configuration)
    {
        var lines = new List<string>();
        foreach (var (old, renamed) in Sections)
        {
            foreach (var (key, value) in configuration.GetSection(old).AsEnumerable(makePathsRelative: true))
            {
                if (value is null)
                    continue;
                var name = $"{renamed}:{key}";
                lines.Add(configuration[name] is null
                    ? $"The setting {old}:{key} is called {name} now. The old name works until version 0.3."
                    : $"The setting {old}:{key} is called {name} now, which is set too: {old}:{key} is passed over.");
                // Set, not added as a source, which would hide a port that is chosen later in place of 0.
                configuration[name] ??= value;
            }
        }
        return lines;
    }
}

using Slimta.Chaos.Sink;
using Slimta.Standalone;

namespace Slimta.Chaos.Actors;

/// <summary>How each process is started.</summary>
internal static class Programs
{
    public static Child Standalone(string name, string role, Journal journal, IEnumerable<KeyValuePair<string, string>> settings, IReadOnlyDictionary<string, string>? environment = null)
    {
        List<string> words = ["exec", typeof(EmbeddedGarnet).Assembly.Location];
        if (role.Length > 0)
            words.Add(role);
        var inherited = new Dictionary<string, string>(environment ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        foreach (var (key, value) in settings)
        {
            if (key.EndsWith("Password", StringComparison.Ordinal))
                inherited[key.Replace(":", "__", StringComparison.Ordinal)] = value;
            else
                words.Add($"--{key}={value}");
        }
        return new Child(name, journal, "SlimtaAspire is ready", "dotnet", words, inherited);
    }

    public static Child Redis(string name, Journal journal, string folder, int port) => new(name, journal, "-", "redis-server",
    [
        "--port", $"{port}", "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "yes", "--appendfsync", "always",
        "--maxmemory-policy", "noeviction", "--loglevel", "warning",
    ]);

    public static Child Sink(string name, Journal journal, string file, int first, int second) =>
        new(name, journal, SinkProcess.ReadyLine, "dotnet", ["exec", typeof(Programs).Assembly.Location, "sink", file, $"{first}", $"{second}"]);
}

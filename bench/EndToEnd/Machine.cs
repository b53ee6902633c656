using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Slimta.EndToEnd.Bench;

/// <summary>What a run was made with.</summary>
internal static partial class Machine
{
    public static async Task<string> DescribeAsync() =>
        $"{Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9:F0} GB, " +
        $"redis-server {await VersionAsync("redis-server", "--version")}, Postfix {await VersionAsync("postconf", "-d", "mail_version")}, .NET {Environment.Version}";

    private static async Task<string> VersionAsync(string command, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return Version().Match(said).Value;
    }

    [GeneratedRegex(@"\d+\.\d+\.\d+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Version();
}

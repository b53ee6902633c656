using System.Globalization;
using Slimta.Chaos.Actors;

namespace Slimta.Chaos.Load;

/// <summary>What the kernel says of a process.</summary>
internal static class Memory
{
    /// <summary>Resident now, and the most that it ever was.</summary>
    public static string Now(Actor actor)
    {
        var status = File.ReadAllLines($"/proc/{actor.Child!.Process.Id}/status");
        return $"{Mega(status, "VmRSS")} MB (peak {Mega(status, "VmHWM")})";
    }

    private static long Mega(string[] status, string field) =>
        long.Parse(Array.Find(status, line => line.StartsWith(field, StringComparison.Ordinal))!.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
}

using System.Security.Cryptography;
using System.Text;
using Slimta.Storage.Redis;

namespace Slimta.Chaos.Network;

/// <summary>The storage's scripts, known by the hash by which they are called.</summary>
internal static class Scripts
{
    private static readonly Dictionary<string, string> Names = Load();

    /// <summary>The name of a script that is called by its hash or with its text; null if it is not the storage's.</summary>
    public static string? NameOf(string command, string script) => Names.GetValueOrDefault(
        command.Equals("EVAL", StringComparison.OrdinalIgnoreCase) ? Hash(script) : script.ToLowerInvariant());

    private static Dictionary<string, string> Load() => Script.All.ToDictionary(script => Hash(script.Text), script => script.Name, StringComparer.Ordinal);

    /// <summary>Without what ends it: the parser cuts line ends off.</summary>
    private static string Hash(string text)
    {
#pragma warning disable CA5350 // SHA-1 is how Redis names scripts.
        return Convert.ToHexStringLower(SHA1.HashData(Encoding.ASCII.GetBytes(text.ReplaceLineEndings("\n").TrimEnd('\n') + "\n")));
#pragma warning restore CA5350
    }
}

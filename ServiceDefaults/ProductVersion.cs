using System.Reflection;

namespace Slimta;

/// <summary>The version of this build: that of Directory.Build.props, and the commit where it was built from a clone.</summary>
public static class ProductVersion
{
    private const int ShortCommit = 7;

    public static string Number { get; } = Informational().Split('+')[0];

    /// <summary>"SlimtaAspire 0.1.0 (1a2b3c4)".</summary>
    public static string Text { get; } = Informational().Split('+') is [var number, { Length: >= ShortCommit } commit]
        ? $"SlimtaAspire {number} ({commit[..ShortCommit]})"
        : $"SlimtaAspire {Number}";

    /// <summary>True if the command line asks only for the version.</summary>
    public static bool IsAskedFor(ReadOnlySpan<string> arguments) => arguments is ["--version" or "version", ..];

    private static string Informational() =>
        typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}

namespace Slimta.Standalone;

/// <summary>The command line: settings only. The configuration itself ignores unknown arguments.</summary>
internal static class Arguments
{
    private static readonly string[] Sections =
        ["ConnectionStrings", "Edge", "Garnet", "Kestrel", "Logging", "Mailbox", "Relay", "Storage"];

    private static readonly string[] Single =
        ["urls", "http_ports", "https_ports", "environment", "contentRoot", "AllowedHosts", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_SERVICE_NAME"];

    public static bool AskForHelp(ReadOnlySpan<string> arguments) => arguments is ["--help" or "-h" or "-?" or "help", ..];

    public static bool ShowPassword(IEnumerable<string> arguments) =>
        arguments.Any(argument => argument.StartsWith("--Garnet:Password", StringComparison.OrdinalIgnoreCase)
            || argument.StartsWith("--Queue:Password", StringComparison.OrdinalIgnoreCase));

    /// <exception cref="StartException"/>
    public static void Check(ReadOnlySpan<string> arguments)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            var argument = arguments[i];
            if (!argument.StartsWith("--", StringComparison.Ordinal))
                throw new StartException($"'{argument}' is not understood: give settings as --Section:Key value. --help shows some.");
            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            var key = equals < 0 ? argument[2..] : argument[2..equals];
            if (!IsKnown(key))
                throw new StartException($"--{key} is no setting: those of this program start with --{string.Join(":, --", Sections)}: or are --urls. --help shows some.");
            if (equals < 0 && ++i == arguments.Length)
                throw new StartException($"--{key} has no value.");
        }
    }

    private static bool IsKnown(string key) =>
        Single.Contains(key, StringComparer.OrdinalIgnoreCase)
        || (key.IndexOf(':', StringComparison.Ordinal) is var colon and > 0
            && (Sections.Contains(key[..colon], StringComparer.OrdinalIgnoreCase) || RenamedSettings.IsOld(key[..colon])));
}

using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

/// <summary>Asks the container runtime that Aspire would take whether its engine answers: a client alone is no engine.</summary>
internal static class ContainerEngine
{
    /// <summary>A Docker that is starting up can take seconds to say so; a developer waits for this line.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static (bool Answers, string Reason) Ask(IConfiguration configuration)
    {
        var named = configuration["ASPIRE_CONTAINER_RUNTIME"] ?? configuration["DOTNET_ASPIRE_CONTAINER_RUNTIME"];
        var refusals = new List<string>();
        foreach (var runtime in named is { Length: > 0 } ? [named] : new[] { "docker", "podman" })
        {
            if (Refusal(runtime) is not { } refusal)
                return (true, $"{runtime} answers");
            refusals.Add(refusal);
        }
        return (false, string.Join(", ", refusals));
    }

    /// <summary>Null: it answers.</summary>
    private static string? Refusal(string runtime)
    {
        try
        {
            // The question that Aspire's orchestrator asks too.
            using var process = Process.Start(new ProcessStartInfo(runtime, ["container", "ls", "--quiet", "--last", "1"])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            process.StandardInput.Close();
            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            if (process.WaitForExit(Patience))
                return process.ExitCode == 0 ? null : $"{runtime} has no engine that answers";
            process.Kill(entireProcessTree: true);
            return $"{runtime} did not answer within {Patience.TotalSeconds:0} seconds";
        }
        catch (Win32Exception)
        {
            return $"{runtime} is not installed";
        }
    }
}

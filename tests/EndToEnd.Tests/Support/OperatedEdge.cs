using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Slimta.Storage.Tests.Support;

namespace Slimta.EndToEnd;

/// <summary>An edge that knows an operator, and <c>slimta</c> as she runs it.</summary>
public sealed partial class OperatedEdge : IAsyncLifetime
{
    private const string Key = "an operator's key";

    private RedisProcess _redis = null!;

    internal StandaloneProcess Edge { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _redis = await RedisProcess.StartAsync();
        Edge = await StandaloneProcess.StartAsync("edge", new()
        {
            ["ConnectionStrings:redis"] = _redis.ConnectionString,
            ["Edge:Http:TrustLoopback"] = "false",
            ["Edge:OperatorKeys:ann"] = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Key))),
        });
    }

    public async Task DisposeAsync()
    {
        await Edge.DisposeAsync();
        await _redis.DisposeAsync();
    }

    /// <summary>Its output, as one line unless it is JSON; it must end with this code.</summary>
    internal Task<string> RunAsync(int code, params string[] arguments) => RunAsync(code, arguments, Key);

    internal async Task<string> RunAsync(int code, string[] arguments, string? key, string input = "")
    {
        string[] url = arguments.Contains("--url") ? [] : ["--url", $"{Edge.Http.BaseAddress}"];
        var start = new ProcessStartInfo("dotnet", ["exec", Assembly, .. arguments, .. url]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["SLIMTA_KEY"] = key;
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var (said, complained) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        var text = await said + await complained;
        Assert.True(process.ExitCode == code, $"slimta {string.Join(' ', arguments)} ended with {process.ExitCode}: {text}");
        return arguments.Contains("--json") ? text : string.Join(' ', text.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>What a person sees on a terminal of so many columns, line by line.</summary>
    internal async Task<List<string>> OnTerminalAsync(int columns, params string[] arguments)
    {
        var command = $"stty cols {columns}; dotnet exec '{Assembly}' {string.Join(' ', arguments)} --url {Edge.Http.BaseAddress}";
        var start = new ProcessStartInfo("script", ["-qec", command, "/dev/null"]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        (start.Environment["SLIMTA_KEY"], start.Environment["TERM"]) = (Key, "xterm");
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, said);
        return [.. said.Split('\n').Select(line => ControlSequence().Replace(line, "").TrimEnd())];
    }

    [GeneratedRegex("\e(\\[[0-9;?]*[A-Za-z]|[=>])", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex ControlSequence();

    /// <summary>Built beside this, in the same configuration.</summary>
    private static string Assembly
    {
        get
        {
            var here = new DirectoryInfo(AppContext.BaseDirectory);
            var root = here;
            while (!File.Exists(Path.Combine(root.FullName, "SlimtaAspire.sln")))
                root = root.Parent!;
            return Path.Combine(root.FullName, "Cli", "bin", here.Parent!.Name, here.Name, "slimta.dll");
        }
    }
}

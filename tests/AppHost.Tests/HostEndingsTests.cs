using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Slimta.Storage.Tests.Support;

namespace AppHost.Tests;

/// <summary>How the programs of the edge and the relay end: one line on standard error, and a code that an orchestrator sees.</summary>
public sealed class HostEndingsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly string[] Anywhere = ["--urls", "http://127.0.0.1:0", "--Edge:Smtp:Port", "0"];

    public static TheoryData<string, string, string[]> WrongSettings => new()
    {
        { Edge, "ConnectionStrings:redis", [] },
        { Relay, "ConnectionStrings:redis", [] },
        { Edge, "'foo'", ["--ConnectionStrings:redis", "127.0.0.1:1,foo=bar"] },
        { Edge, "Edge:Smtp:Port must be from 0 to 65535", [.. Nowhere, "--Edge:Smtp:Port", "70000"] },
        { Edge, "'Edge:Smtp:Port'", [.. Nowhere, "--Edge:Smtp:Port", "many"] },
        { Edge, "Prefix", [.. Nowhere, "--Storage:Prefix", ""] },
        { Relay, "'Relay:Timeouts:Greeting'", [.. Nowhere, "--Relay:Timeouts:Greeting", "abc"] },
        // Each is allowed, and both together contradict.
        { Relay, "Relay:Smarthost and Relay:Routes:*", [.. Nowhere, "--Relay:Smarthost", "127.0.0.1:1", "--Relay:Routes:*:NextHop", "127.0.0.1:2"] },
    };

    private static string Edge => Program(new Projects.Edge().ProjectPath);

    private static string Relay => Program(new Projects.Relay().ProjectPath);

    private static string[] Nowhere => ["--ConnectionStrings:redis", "127.0.0.1:1,connectTimeout=500"];

    [Theory]
    [MemberData(nameof(WrongSettings))]
    public async Task A_wrong_setting(string program, string says, string[] settings) =>
        await EndsAsync(says, Start(program, [.. Anywhere, .. settings]));

    [Theory]
    [InlineData("--urls", "http://127.0.0.1:{0}")]
    [InlineData("--Edge:Smtp:Port", "{0}")]
    public async Task A_port_that_is_taken(string setting, string value)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = $"{((IPEndPoint)taken.LocalEndpoint).Port}";
        await EndsAsync("in use", Start(Edge, [.. Anywhere, .. Nowhere, setting, value.Replace("{0}", port, StringComparison.Ordinal)]));
    }

    [Fact]
    public async Task A_server_that_would_forget_mail()
    {
        await using var redis = await RedisProcess.StartAsync("--appendonly", "no");
        foreach (var program in new[] { Edge, Relay })
            await EndsAsync("appendonly", Start(program, [.. Anywhere, "--ConnectionStrings:redis", redis.ConnectionString]));
    }

    [Fact]
    public async Task A_stop_that_was_asked_for_is_a_good_end_though_the_server_is_away()
    {
        foreach (var program in new[] { Edge, Relay })
        {
            using var process = Start(program, [.. Anywhere, .. Nowhere]);
            var error = process.StandardError.ReadToEndAsync();
            var line = "";
            while (line is not null && !line.Contains("Application started", StringComparison.Ordinal))
                line = await process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
            var output = process.StandardOutput.ReadToEndAsync();
            using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]))
                await process.WaitForExitAsync().WaitAsync(Patience);
            Assert.Equal((0, ""), (process.ExitCode, await error));
            await output;
        }
    }

    private static async Task EndsAsync(string says, Process started)
    {
        using var process = started;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync().WaitAsync(Patience);
        await process.WaitForExitAsync().WaitAsync(Patience);
        Assert.Equal(1, process.ExitCode);
        Assert.Contains(says, Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", await output, StringComparison.Ordinal);
    }

    private static Process Start(string program, string[] settings) => Process.Start(new ProcessStartInfo("dotnet", ["exec", program, .. settings])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        UseShellExecute = false,
    })!;

    private static string Program(string project) => Path.Combine(
        Path.GetDirectoryName(project)!, "bin", typeof(Projects.AppHost).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration,
        "net10.0", $"Slimta.{Path.GetFileNameWithoutExtension(project)}.dll");
}

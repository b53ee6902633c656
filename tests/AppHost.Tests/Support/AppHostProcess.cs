using System.Diagnostics;
using System.Reflection;
using System.Text;
using Slimta.Storage.Tests.Support;

namespace AppHost.Tests;

/// <summary>dotnet run --project AppHost -- --Containers false, on its own ports.</summary>
internal sealed class AppHostProcess : IAsyncDisposable
{
    private const string Mark = "SLIMTA_APPHOST_TEST";

    private readonly string _mark = Guid.NewGuid().ToString("N");
    private readonly string _folder = Directory.CreateTempSubdirectory("slimta-apphost-").FullName;
    private readonly StringBuilder _said = new();
    private readonly Process _process;

    private AppHostProcess()
    {
        var built = typeof(Projects.AppHost).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        // Its own session, as a terminal gives it, and a SIGINT that is heeded even where the test run was started in the background.
        var start = new ProcessStartInfo("setsid",
        [
            "env", "--default-signal=INT", "dotnet", "run", "--no-build", "--no-launch-profile", "--configuration", built, "--project", Projects.AppHost.ProjectPath,
            "--", "--Containers", "false", "--Garnet:Folder", _folder, "--SmtpPort", $"{SmtpPort}",
        ])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in new (string, string)[]
        {
            (Mark, _mark), ("DOTNET_ENVIRONMENT", "Development"), ("ASPIRE_ALLOW_UNSECURED_TRANSPORT", "true"), ("ASPNETCORE_URLS", DashboardUrl),
            ("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", $"http://localhost:{RedisProcess.FreePort()}"),
            ("ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL", $"http://localhost:{RedisProcess.FreePort()}"), ("AppHost__DashboardApiKey", DashboardKey),
        })
            start.Environment[name] = value;
        _process = new() { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
    }

    public int SmtpPort { get; } = RedisProcess.FreePort();

    public string DashboardUrl { get; } = $"http://localhost:{RedisProcess.FreePort()}";

    public string DashboardKey { get; } = Guid.NewGuid().ToString("N");

    public string Said
    {
        get { lock (_said) return _said.ToString(); }
    }

    public static AppHostProcess Start()
    {
        var apphost = new AppHostProcess();
        apphost._process.Start();
        apphost._process.BeginOutputReadLine();
        apphost._process.BeginErrorReadLine();
        return apphost;
    }

    /// <summary>Ctrl+C: the terminal sends it to all of its foreground processes.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> InterruptAsync(CancellationToken cancellationToken)
    {
        using var kill = Process.Start("kill", ["-INT", "--", $"-{_process.Id}"]);
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Every process that it or its children started and that is still there.</summary>
    public IReadOnlyList<int> Family() => [.. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Select(int.Parse!).Where(IsOurs)];

    public async ValueTask DisposeAsync()
    {
        foreach (var id in Family())
        {
            using var kill = Process.Start("kill", ["-KILL", $"{id}"]);
            await kill.WaitForExitAsync();
        }
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private bool IsOurs(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/environ").Contains($"{Mark}={_mark}", StringComparison.Ordinal);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void Hear(string? line)
    {
        lock (_said)
            _said.AppendLine(line);
    }
}

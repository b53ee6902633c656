using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MailKit.Net.Smtp;
using MimeKit;
using Slimta.Standalone;
using Slimta.Storage.Tests.Support;

namespace Slimta.EndToEnd;

/// <summary>Standalone as a user starts it: its own process, on its own ports.</summary>
internal sealed class StandaloneProcess : IAsyncDisposable
{
    /// <summary>For what takes a second or two: a test that waits for ever tells nothing.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly StringBuilder _said = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private StandaloneProcess(ProcessStartInfo start, int smtp, int mailbox, int http)
    {
        (SmtpPort, MailboxPort) = (smtp, mailbox);
        Http = new HttpClient { BaseAddress = new Uri($"http://localhost:{http}") };
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.Exited += (_, _) => _ready.TrySetException(new InvalidOperationException($"It ended: {Said}"));
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
    }

    public int SmtpPort { get; }
    public int MailboxPort { get; }
    public HttpClient Http { get; }

    public Task Ready => _ready.Task.WaitAsync(Patience);

    public string Said
    {
        get { lock (_said) return _said.ToString(); }
    }

    /// <param name="role">"" for all of them.</param>
    /// <param name="umask">What a shell has set before it starts it.</param>
    public static async Task<StandaloneProcess> StartAsync(
        string role, Dictionary<string, string>? settings = null, Dictionary<string, string>? environment = null, string? umask = null)
    {
        var standalone = Begin(role, settings, environment, umask);
        try
        {
            await standalone.Ready;
            return standalone;
        }
        catch
        {
            await standalone.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where the test run was started in the background SIGINT is ignored, and children would inherit that.</summary>
    private static string Dotnet => OperatingSystem.IsLinux() ? "env --default-signal=INT dotnet" : "dotnet";

    /// <summary>Starts it, and does not wait until it is ready.</summary>
    public static StandaloneProcess Begin(
        string role, Dictionary<string, string>? settings = null, Dictionary<string, string>? environment = null, string? umask = null)
    {
        var (smtp, mailbox, http) = (RedisProcess.FreePort(), RedisProcess.FreePort(), RedisProcess.FreePort());
        var all = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["Edge:Smtp:Port"] = $"{smtp}",
            ["Mailbox:Port"] = $"{mailbox}",
            ["urls"] = $"http://localhost:{http}",
        };
        foreach (var (key, value) in settings ?? [])
            all[key] = value;
        string[] words = ["exec", typeof(EmbeddedGarnet).Assembly.Location, .. role.Length == 0 ? [] : new[] { role }];
        words = [.. words, .. all.SelectMany(setting => new[] { $"--{setting.Key}", setting.Value })];
        if (OperatingSystem.IsLinux() && umask is null)
            words = ["--default-signal=INT", "dotnet", .. words];
        // What the runtime leaves in the temporary folder for debuggers would have no rights at all under some.
        var start = umask is null
            ? new ProcessStartInfo(OperatingSystem.IsLinux() ? "env" : "dotnet", words)
            : new ProcessStartInfo("sh", ["-c", $"umask {umask}; exec {Dotnet} \"$@\"", "sh", .. words]) { Environment = { ["DOTNET_EnableDiagnostics"] = "0" } };
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.UseShellExecute = false;

        // Most of these processes do not live long enough to earn back what profiling them costs.
        start.Environment["DOTNET_TieredPGO"] = "0";
        foreach (var (key, value) in environment ?? [])
            start.Environment[key] = value;
        var standalone = new StandaloneProcess(start, smtp, int.Parse(all["Mailbox:Port"]), http);
        standalone._process.Start();
        standalone._process.BeginOutputReadLine();
        standalone._process.BeginErrorReadLine();
        return standalone;
    }

    /// <summary>Runs it to its end, which comes at once when it cannot start.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", typeof(EmbeddedGarnet).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience);
        return (process.ExitCode, await output, error);
    }

    public Task SendAsync(string subject, params string[] recipients) => SendFromAsync("me@example.com", subject, recipients);

    public async Task SendFromAsync(string sender, string subject, params string[] recipients)
    {
        using var client = new SmtpClient();
        await client.ConnectAsync("127.0.0.1", SmtpPort);
        using var message = new MimeMessage { Subject = subject, Body = new TextPart { Text = "It works." } };
        await client.SendAsync(message, new MailboxAddress("", sender), recipients.DefaultIfEmpty("you@example.net").Select(recipient => new MailboxAddress("", recipient)));
        await client.DisconnectAsync(quit: true);
    }

    public async Task<JsonElement> StatusAsync() => (await Http.GetFromJsonAsync<JsonElement>("/status")).Clone();

    /// <summary>Waits until the mailbox has messages with all of these subjects.</summary>
    public async Task<List<string>> MailboxHasAsync(params IReadOnlyCollection<string> subjects)
    {
        while (true)
        {
            var had = (await StatusAsync()).GetProperty("mailbox").GetProperty("messages").EnumerateArray()
                .Select(message => message.GetProperty("subject").GetString()!).ToList();
            if (subjects.All(had.Contains))
                return had;
            // Another process, which can only be asked.
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    /// <summary>Waits until so many deliveries have ended: a moment after the mailbox has the messages.</summary>
    public async Task<List<JsonElement>> DeliveriesAsync(int count)
    {
        while (true)
        {
            var deliveries = (await StatusAsync()).GetProperty("deliveries").EnumerateArray().ToList();
            if (deliveries.Count >= count)
                return deliveries;
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    /// <summary>Waits until it has said something: what it logs comes a moment later.</summary>
    public async Task SaysAsync(string words)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!Said.Contains(words, StringComparison.Ordinal))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, $"It did not say \"{words}\": {Said}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    /// <summary>Waits until health says so: the last look at the server may be a second old.</summary>
    public async Task HealthIsAsync(string status)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            using var health = await Http.GetAsync("/health");
            var says = await health.Content.ReadAsStringAsync();
            if (says.StartsWith($"{{\"status\":\"{status}\"", StringComparison.Ordinal))
                return;
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, $"Health says {says}: {Said}");
            // Another process, which can only be asked.
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Patience);
    }

    /// <summary>Ctrl+C.</summary>
    public Task<int> InterruptAsync() => SignalAsync("INT");

    /// <summary>As service managers and containers end it.</summary>
    public Task<int> TerminateAsync() => SignalAsync("TERM");

    private async Task<int> SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
        Http.Dispose();
    }

    private void Hear(string? line)
    {
        if (line is null)
            return;
        lock (_said)
            _said.AppendLine(line);
        if (line.StartsWith("SlimtaAspire is ready", StringComparison.Ordinal))
            _ready.TrySetResult();
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using System.Threading.Channels;
using Slimta.Storage.Tests.Support;

namespace Slimta.Docs;

/// <summary>
/// Every C# sample does what its page says: it runs as a separate program, prints what it has to, and ends well, by itself or when it is told to.
/// </summary>
public sealed class SampleRunTests : IAsyncLifetime
{
    private const int Terminate = 15;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private RedisProcess? _redis;

    public async Task InitializeAsync() => _redis = await RedisProcess.StartAsync();

    public async Task DisposeAsync() => await _redis!.DisposeAsync();

    [Fact]
    public void Every_program_around_a_sample_has_its_sample() => Assert.Equal(
        Directory.GetFiles(Path.Combine(Repository.Root, "tests/Docs.Tests/Samples"), "*.sample").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal),
        Repository.Markdown().SelectMany(path => new MarkdownPage(path).Blocks).Where(block => block.Language == "csharp")
            .Select(block => block.Above?.Replace(Sample.Mark, "", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(SampleTests.CSharp), MemberType = typeof(SampleTests))]
    public async Task A_CSharp_sample_runs(string path, int line)
    {
        var sample = new Sample(SampleTests.Block(path, line));
        Assert.NotEmpty(sample.Printed);
        await using var site = await SampleSite.StartAsync(_redis!.ConnectionString);
        // The ports that a page names may be taken where this runs.
        var source = Regex.Replace(sample.Source, "2525|5080", port => (port.Value == "2525" ? site.SmtpPort : site.HttpPort).ToString(CultureInfo.InvariantCulture));
        // Beside what it needs.
        var program = Path.Combine(AppContext.BaseDirectory, $"sample-{Guid.NewGuid():N}.dll");
        await using (var file = File.Create(program))
            Assert.True(Sample.Compile(source).Emit(file).Success);
        try
        {
            await RunAsync(program, sample, site);
        }
        finally
        {
            File.Delete(program);
        }
    }

    private static async Task RunAsync(string program, Sample sample, SampleSite site)
    {
        var host = Path.Combine(AppContext.BaseDirectory, "Docs.Tests");
        var start = new ProcessStartInfo("dotnet", ["exec", "--runtimeconfig", $"{host}.runtimeconfig.json", "--depsfile", $"{host}.deps.json", program, .. sample.Arguments])
        {
            WorkingDirectory = site.Folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in site.Environment)
            start.Environment[name] = value;
        var said = Channel.CreateUnbounded<string?>();
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => said.Writer.TryWrite(line.Data);
        process.ErrorDataReceived += (_, line) => said.Writer.TryWrite(line.Data);
        process.Start();
        try
        {
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            // A host that is told to end while it starts says that it could not start.
            var output = await SaysAsync(said.Reader, sample.RunsOn ? [.. sample.Printed, "Application started"] : sample.Printed);
            if (sample.RunsOn)
                _ = Signal(process.Id, Terminate);
            await process.WaitForExitAsync().WaitAsync(Patience);
            output += string.Concat(said.Reader.ReadAllAsync().ToBlockingEnumerable().TakeWhile(line => line is not null).Select(line => "\n" + line));
            Assert.True(process.ExitCode == 0, $"It ended with {process.ExitCode}:\n{output}");
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Returns all that was said until each line had come.</summary>
    private static async Task<string> SaysAsync(ChannelReader<string?> said, IEnumerable<string> lines)
    {
        var missing = lines.ToList();
        var output = new List<string>();
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        // Each of the two streams ends with null.
        for (var open = 2; missing.Count > 0;)
        {
            // At the end of patience there is nothing to read any more.
            var more = said.WaitToReadAsync(patience.Token).AsTask();
            await ((Task)more).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Assert.True(open > 0 && more.IsCompletedSuccessfully, $"\"{missing[0]}\" was not printed:\n{string.Join('\n', output)}");
            if (await said.ReadAsync() is not { } line)
            {
                open--;
                continue;
            }
            output.Add(line);
            missing.RemoveAll(part => line.Contains(part, StringComparison.Ordinal));
        }
        return string.Join('\n', output);
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Signal(int process, int signal);
}

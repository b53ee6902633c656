namespace Slimta.EndToEnd;

/// <summary>Everything in one process, which only answers.</summary>
public sealed class RunningStandalone : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slimta-standalone-");
    private StandaloneProcess? _process;

    internal StandaloneProcess Process => _process!;

    public async Task InitializeAsync() => _process = await StandaloneProcess.StartAsync("", new() { ["Garnet:Folder"] = _folder.FullName });

    public async Task DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}

/// <summary>What stands in every answer by HTTP.</summary>
public sealed class EveryAnswerTests(RunningStandalone standalone) : IClassFixture<RunningStandalone>
{
    [Theory]
    [InlineData("/")]
    [InlineData("/status")]
    [InlineData("/status.js")]
    [InlineData("/mailbox/")]
    [InlineData("/mailbox/messages/none")]
    [InlineData("/health")]
    [InlineData("/messages")]
    [InlineData("/no-such-route")]
    public async Task Every_answer_says_that_it_is_to_be_kept_nowhere_and_taken_for_nothing_else(string path)
    {
        using var answer = await standalone.Process.Http.GetAsync(path);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-store", answer.Headers.GetValues("Cache-Control").Single());
    }
}

using MailKit.Net.Smtp;

namespace Slimta.EndToEnd;

/// <summary>The queue's folder is taken away while it runs: from then on nothing is accepted that the next start would not find.</summary>
public sealed class LostFolderTests : IDisposable
{
    private readonly DirectoryInfo _parent = Directory.CreateTempSubdirectory("slimta-lost-");

    private string Folder => Path.Combine(_parent.FullName, "queue");
    private string Elsewhere => Path.Combine(_parent.FullName, "elsewhere");

    public void Dispose() => _parent.Delete(recursive: true);

    private Task<StandaloneProcess> StartAsync() => StandaloneProcess.StartAsync("", new(QueueInFolder.Settings(Folder))
    {
        ["Garnet:LogBytes"] = $"{64 << 20}",
        // What has no answer of its queue's is refused after this.
        ["Edge:WriteTimeout"] = "00:00:10",
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_folder_that_is_moved_away_is_noticed_before_the_next_250_and_goes_on_when_it_is_back(bool replaced)
    {
        var accepted = 0;
        await using (var standalone = await StartAsync())
        {
            accepted += await SendAllAsync(standalone, 5);
            Assert.Equal(5, accepted);
            Directory.Move(Folder, Elsewhere);
            if (replaced)
                Directory.CreateDirectory(Folder);
            Assert.Equal(0, await SendAllAsync(standalone, 3));
            await standalone.SaysAsync("crit: Slimta.Standalone.GarnetGuard");
            using var health = await standalone.Http.GetAsync("/health");
            Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, health.StatusCode);

            if (replaced)
                DeleteFolder();
            Directory.Move(Elsewhere, Folder);
            await standalone.SaysAsync("Mail is accepted again");
            while (await SendAllAsync(standalone, 1) == 0)
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            accepted++;
            Assert.DoesNotContain("Unhandled", standalone.Said, StringComparison.Ordinal);
            await standalone.KillAsync();
        }
        await using var again = await StartAsync();
        Assert.True(await QueueInFolder.CountAsync(again) >= accepted);
    }

    [Theory]
    [InlineData("")]
    [InlineData("AOF/aof.log.0")]
    public async Task What_is_deleted_ends_nothing_but_the_250_and_the_exit_code_tells(string path)
    {
        await using var standalone = await StartAsync();
        Assert.Equal(3, await SendAllAsync(standalone, 3));
        if (path.Length == 0)
            DeleteFolder();
        else
            File.Delete(Path.Combine(Folder, path));
        Assert.Equal(0, await SendAllAsync(standalone, 3));
        await standalone.SaysAsync("crit: Slimta.Standalone.GarnetGuard");
        Assert.NotEqual(0, await standalone.InterruptAsync());
        Assert.DoesNotContain("Unhandled", standalone.Said, StringComparison.Ordinal);
    }

    /// <summary>It may be writing there just then.</summary>
    private void DeleteFolder()
    {
        while (Directory.Exists(Folder))
        {
            try
            {
                Directory.Delete(Folder, recursive: true);
            }
            catch (IOException)
            {
                // Not empty: once more.
            }
        }
    }

    /// <returns>How many were accepted; all are sent at once, as each that is not is refused only when its time is over.</returns>
    private static async Task<int> SendAllAsync(StandaloneProcess standalone, int count) =>
        (await Task.WhenAll(Enumerable.Range(0, count).Select(i => IsAcceptedAsync(standalone, $"{i}")))).Count(accepted => accepted);

    private static async Task<bool> IsAcceptedAsync(StandaloneProcess standalone, string subject)
    {
        try
        {
            await QueueInFolder.SendAsync(standalone, subject, "short");
            return true;
        }
        catch (SmtpCommandException refused)
        {
            Assert.InRange((int)refused.StatusCode, 451, 452);
            return false;
        }
    }
}

namespace Slimta.EndToEnd;

/// <summary>What happens to the queue's files while it does not run is seen before it runs again.</summary>
public sealed class DamagedDataTests(QueueInFolder queue) : IClassFixture<QueueInFolder>, IDisposable
{
    private readonly DirectoryInfo _parent = Directory.CreateTempSubdirectory("slimta-damaged-");

    public void Dispose() => _parent.Delete(recursive: true);

    [Fact]
    public async Task After_a_kill_alone_everything_is_there()
    {
        await using var again = await StandaloneProcess.StartAsync("", QueueInFolder.Settings(queue.CopyTo(_parent.FullName)));
        Assert.Equal(QueueInFolder.Messages, await QueueInFolder.CountAsync(again));
        await again.HealthIsAsync("Healthy");
    }

    [Theory]
    [InlineData("cut", "aof.log")]
    [InlineData("flipped", "aof.log")]
    [InlineData("emptied", "aof.log")]
    [InlineData("deleted", "aof.log")]
    [InlineData("zeroed", "aof.log")]
    [InlineData("flipped", "commit.")]
    [InlineData("deleted", "commit.")]
    [InlineData("cut", "snapshot.dat")]
    [InlineData("flipped", "snapshot.dat")]
    [InlineData("deleted", "snapshot.dat")]
    [InlineData("flipped", "ht.dat")]
    [InlineData("flipped", "info.dat")]
    [InlineData("emptied", "info.dat")]
    [InlineData("swapped with the next", "ht.dat")]
    [InlineData("deleted with its sums", "aof.log")]
    public async Task Damage_is_named_and_copied_and_waits_for_a_decision(string how, string file)
    {
        var folder = queue.CopyTo(_parent.FullName);
        Damage(folder, how, file);
        var settings = QueueInFolder.Settings(folder).SelectMany(setting => new[] { $"--{setting.Key}", setting.Value }).Concat(["--Edge:Smtp:Port", "0", "--Mailbox:Port", "0", "--urls", "http://127.0.0.1:0"]);
        for (var start = 1; start <= 2; start++)
        {
            var (code, output, error) = await StandaloneProcess.RunAsync([.. settings]);
            Assert.Equal(1, code);
            var line = Assert.Single(error.TrimEnd().Split('\n'));
            Assert.Contains("is damaged: ", line, StringComparison.Ordinal);
            Assert.Matches(@"At \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ it held \d+ messages and \d+ bytes of log", line);
            Assert.Contains("Garnet:AcceptLoss", line, StringComparison.Ordinal);
            Assert.Contains("crit: ", output, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
            Assert.Single(Directory.GetDirectories(folder, "damaged-*"));
        }

        await using (var accepted = await StandaloneProcess.StartAsync("", new(QueueInFolder.Settings(folder)) { ["Garnet:AcceptLoss"] = "true" }))
        {
            await QueueInFolder.SendAsync(accepted, "life goes on", "short");
            Assert.InRange(await QueueInFolder.CountAsync(accepted), 1, QueueInFolder.Messages + 1);
            await accepted.HealthIsAsync("Degraded");
            await accepted.KillAsync();
        }
        await using var after = await StandaloneProcess.StartAsync("", QueueInFolder.Settings(folder));
        await after.HealthIsAsync("Healthy");
        Assert.InRange(await QueueInFolder.CountAsync(after), 1, QueueInFolder.Messages + 1);
    }

    private static void Damage(string folder, string how, string name)
    {
        var all = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        var path = all.First(file => Path.GetFileName(file).StartsWith(name, StringComparison.Ordinal) && !file.Contains("/sums/", StringComparison.Ordinal) && new FileInfo(file).Length > 0);
        var bytes = File.ReadAllBytes(path);
        switch (how)
        {
            case "cut":
                File.WriteAllBytes(path, bytes[..(bytes.Length * 6 / 10)]);
                break;
            case "flipped":
                // The first byte with a meaning from the middle on.
                var at = Array.FindIndex(bytes, Math.Min(bytes.Length / 2, 20), value => value != 0);
                for (var i = at; i < Math.Min(bytes.Length, at + 64); i++)
                    bytes[i] ^= 0xFF;
                File.WriteAllBytes(path, bytes);
                break;
            case "emptied":
                File.WriteAllBytes(path, []);
                break;
            case "zeroed":
                File.WriteAllBytes(path, new byte[bytes.Length]);
                break;
            case "deleted":
                File.Delete(path);
                break;
            case "deleted with its sums":
                File.Delete(path);
                File.Delete(all.First(file => file.Contains("/sums/", StringComparison.Ordinal) && file.EndsWith(Path.GetFileName(path), StringComparison.Ordinal)));
                break;
            default:
                var other = all.First(file => file != path && Path.GetDirectoryName(file) == Path.GetDirectoryName(path));
                File.WriteAllBytes(path, File.ReadAllBytes(other));
                File.WriteAllBytes(other, bytes);
                break;
        }
    }
}

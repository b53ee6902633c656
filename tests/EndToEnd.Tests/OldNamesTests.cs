namespace Slimta.EndToEnd;

/// <summary>Settings and roles that were renamed work under their old names for one release, and say what they are called now.</summary>
public sealed class OldNamesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slimta-names-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task An_old_setting_does_what_the_new_one_does()
    {
        await using var standalone = await StandaloneProcess.StartAsync("", new() { ["Queue:Folder"] = _folder.FullName, ["Sink:MaxMessages"] = "7", ["Queue:Port"] = "0" });
        await standalone.SaysAsync("The setting Queue:Folder is called Garnet:Folder now.");
        await standalone.SaysAsync("keeps the last 7");
        Assert.NotEmpty(_folder.GetFileSystemInfos());
    }

    [Fact]
    public async Task Where_both_are_set_the_new_one_counts()
    {
        await using var standalone = await StandaloneProcess.StartAsync("sink", new() { ["Sink:MaxMessages"] = "7", ["Mailbox:MaxMessages"] = "8" });
        await standalone.SaysAsync("Sink:MaxMessages is passed over");
        await standalone.SaysAsync("keeps the last 8");
    }
}

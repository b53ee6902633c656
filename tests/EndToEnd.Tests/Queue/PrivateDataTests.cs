using System.Diagnostics;
using Slimta.Standalone;

namespace Slimta.EndToEnd;

/// <summary>The queue's folder holds mail: other users of the machine read none of it.</summary>
public sealed class PrivateDataTests : IDisposable
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private readonly DirectoryInfo _parent = Directory.CreateTempSubdirectory("slimta-private-");

    public void Dispose() => _parent.Delete(recursive: true);

    private string Folder => Path.Combine(_parent.FullName, "queue");

    [Theory]
    [InlineData("000")]
    [InlineData("022")]
    [InlineData("777")]
    public async Task All_that_is_made_is_for_this_user_alone_under_every_umask(string umask)
    {
        if (OperatingSystem.IsWindows())
            return;
        await using (var standalone = await StandaloneProcess.StartAsync("", new() { ["Garnet:Folder"] = Folder }, umask: umask))
        {
            await standalone.SendAsync("for this user");
            EnsurePrivate();
            Assert.Equal(0, await standalone.InterruptAsync());
        }
        EnsurePrivate();
    }

    [Fact]
    public async Task A_folder_that_others_could_read_is_narrowed_with_all_that_is_in_it()
    {
        if (OperatingSystem.IsWindows())
            return;
        await using (var first = await StandaloneProcess.StartAsync("", new() { ["Garnet:Folder"] = Folder }))
            await first.SendAsync("readable by all");
        foreach (var entry in Entries())
            entry.UnixFileMode |= Others;
        await using var second = await StandaloneProcess.StartAsync("", new() { ["Garnet:Folder"] = Folder });
        EnsurePrivate();
    }

    [Fact]
    public void A_folder_that_is_a_link_or_has_one_in_it_is_refused()
    {
        if (OperatingSystem.IsWindows())
            return;
        var elsewhere = _parent.CreateSubdirectory("elsewhere").FullName;
        Directory.CreateSymbolicLink(Folder, elsewhere);
        Assert.Contains("symbolic link", Assert.Throws<IOException>(() => PrivateFolder.Prepare(Folder)).Message, StringComparison.Ordinal);
        File.CreateSymbolicLink(Path.Combine(elsewhere, "password"), "/etc/passwd");
        Assert.Contains("symbolic link", Assert.Throws<IOException>(() => PrivateFolder.Prepare(elsewhere)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_of_another_user_is_refused_in_one_line()
    {
        // Only root may give a folder away.
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
            return;
        Directory.CreateDirectory(Folder);
        using (var chown = Process.Start("chown", ["12345", Folder]))
            await chown.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        var (code, _, error) = await StandaloneProcess.RunAsync("queue", "--Garnet:Folder", Folder, "--Garnet:Port", "0");
        Assert.Equal(1, code);
        Assert.Contains("belongs to another user (uid 12345)", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    private IEnumerable<FileSystemInfo> Entries() => new DirectoryInfo(_parent.FullName).EnumerateFileSystemInfos("*", SearchOption.AllDirectories);

    private void EnsurePrivate()
    {
        if (OperatingSystem.IsWindows())
            return;
        Assert.True(Entries().Count() > 3);
        Assert.DoesNotContain(Entries(), entry => !OperatingSystem.IsWindows() && (entry.UnixFileMode & Others) != UnixFileMode.None);
    }
}

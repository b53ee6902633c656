using System.Runtime.InteropServices;

namespace Slimta.Standalone;

/// <summary>
/// A folder that only this user reads: 0700, what is in it 0600, under every umask. On Windows the user's own folders are private already.
/// </summary>
internal static class PrivateFolder
{
    private const UnixFileMode File = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Folder = File | UnixFileMode.UserExecute;

    /// <summary>For a new file that has 0600 from its first moment.</summary>
    public static FileStreamOptions NewFile => OperatingSystem.IsWindows()
        ? new() { Mode = FileMode.CreateNew, Access = FileAccess.Write }
        : new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = File };

    /// <summary>
    /// Makes the folder, or narrows the rights on an existing one. From here on, all files that this process makes are for its user alone:
    /// Garnet makes its files by the umask.
    /// </summary>
    /// <exception cref="IOException">The folder is not ours, or is a link to elsewhere.</exception>
    public static void Prepare(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }
        _ = Native.SetUmask(Native.OthersNothing);
        var folder = new DirectoryInfo(Path.TrimEndingDirectorySeparator(path));
        if (!folder.Exists && folder.LinkTarget is null)
            Directory.CreateDirectory(folder.FullName, Folder);
        Narrow(folder);
        foreach (var inside in folder.EnumerateFileSystemInfos("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false }))
            Narrow(inside);
    }

    private static void Narrow(FileSystemInfo entry)
    {
        if (entry.LinkTarget is { } target)
            throw new IOException($"{entry.FullName} is a symbolic link to {target}: name the folder itself, and leave no links in it.");
        if (FileIdentity.OwnerOf(entry.FullName) is { } owner && owner != Native.CurrentUser())
            throw new IOException($"{entry.FullName} belongs to another user (uid {owner}), who could read and change the mail: give it to this user (uid {Native.CurrentUser()}) with chown.");
        var wanted = entry is DirectoryInfo ? Folder : File;
        if (!OperatingSystem.IsWindows() && entry.UnixFileMode != wanted)
            entry.UnixFileMode = wanted;
    }

    private static class Native
    {
        public const uint OthersNothing = 0b000_111_111;

        [DllImport("libc", EntryPoint = "umask")]
        public static extern uint SetUmask(uint mask);

        [DllImport("libc", EntryPoint = "geteuid")]
        public static extern uint CurrentUser();
    }
}

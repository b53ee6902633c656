using System.Diagnostics;

namespace Slimta.Chaos.Faults;

/// <summary>A file system in memory for the queue's data, small enough to be filled; only root can mount one.</summary>
internal sealed class SmallDisk : IDisposable
{
    private const string Filler = "filler";

    private SmallDisk(string folder) => Folder = folder;

    public string Folder { get; }

    /// <returns>Null, and the reason is told, if there is to be none or it cannot be.</returns>
    public static SmallDisk? TryMount(ChaosOptions options, string parent)
    {
        if (!options.Faults.Contains("disk"))
            return null;
        var folder = Path.Combine(parent, "disk");
        Directory.CreateDirectory(folder);
        var (code, said) = Run("mount", "-t", "tmpfs", "-o", "size=1500m", "slimta-chaos", folder);
        if (code == 0)
            return new SmallDisk(folder);
        options.Say($"  skipped: disk (no small file system can be mounted: {said.Trim()})");
        return null;
    }

    /// <summary>To the last byte.</summary>
    public void Fill()
    {
        using var file = new FileStream(Path.Combine(Folder, Filler), FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var block = new byte[1024 * 1024];
        for (var size = block.Length; size > 0;)
        {
            try
            {
                file.Write(block, 0, size);
            }
            catch (IOException)
            {
                size /= 2;
            }
        }
    }

    public void Free() => File.Delete(Path.Combine(Folder, Filler));

    public void Dispose() => Run("umount", "-l", Folder);

    private static (int Code, string Said) Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
            var said = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, said);
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            return (-1, error.Message);
        }
    }
}

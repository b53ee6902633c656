using System.Runtime.InteropServices;
using System.Text;

namespace Slimta.Standalone;

/// <summary>Which file stands under a name: device and inode, where the system tells, else only that there is one.</summary>
internal sealed record FileIdentity(ulong Device, ulong Inode)
{
    public static FileIdentity Of(string path) => Linux.Read(path) is { } found ? new(found.Device, found.Inode) : new(0, 0);

    public bool Is(string path) => Linux.Read(path) is { } found ? (found.Device, found.Inode) == (Device, Inode) : Inode == 0 && File.Exists(path);

    /// <summary>The user id of a file's owner; null where the system does not tell.</summary>
    public static uint? OwnerOf(string path) => Linux.Read(path)?.Owner;

    /// <summary>Changes with each start of the machine; empty where the system does not tell.</summary>
    public static Guid Boot() =>
        OperatingSystem.IsLinux() && File.Exists("/proc/sys/kernel/random/boot_id") && Guid.TryParse(File.ReadAllText("/proc/sys/kernel/random/boot_id"), out var boot)
            ? boot : Guid.Empty;

    private static class Linux
    {
        private const int FromCurrentFolder = -100, NoFollow = 0x100, BasicStats = 0x7FF;

        [ThreadStatic]
        private static uint[]? t_buffer;

        public static (ulong Device, ulong Inode, uint Owner)? Read(string path)
        {
            // struct statx is the same on every architecture: stx_uid is its 6th word, stx_ino the 9th and 10th, stx_dev the 35th and 36th.
            const int Words = 64, Owner = 5, Inode = 8, Device = 34;
            if (!OperatingSystem.IsLinux())
                return null;
            try
            {
                var words = t_buffer ??= new uint[Words];
                return Statx(FromCurrentFolder, Encoding.UTF8.GetBytes(path + '\0'), NoFollow, BasicStats, words) != 0 ? null
                    : (((ulong)words[Device] << 32) | words[Device + 1], ((ulong)words[Inode + 1] << 32) | words[Inode], words[Owner]);
            }
            catch (EntryPointNotFoundException)
            {
                return null;
            }
        }

        [DllImport("libc", EntryPoint = "statx")]
        private static extern int Statx(int folder, byte[] path, int flags, uint mask, [Out] uint[] buffer);
    }
}

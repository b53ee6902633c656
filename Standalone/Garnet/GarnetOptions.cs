using System.ComponentModel.DataAnnotations;

namespace Slimta.Standalone;

/// <summary>The embedded Garnet's settings: section "Garnet", all optional.</summary>
/// <example><code>{ "Garnet": { "Folder": "/var/lib/slimta", "MinFreeBytes": 536870912 } }</code></example>
internal sealed class GarnetOptions
{
    public const string Section = "Garnet";

    /// <summary>
    /// The folder of the queue's data. By default "slimta" in the user's local application data, not in the current folder: otherwise a start
    /// from another folder would find an empty queue.
    /// </summary>
    [Required(ErrorMessage = "Garnet:Folder must be set: this user has no folder for application data.")]
    public string Folder { get; set; } =
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify) is { Length: > 0 } data
            ? Path.Combine(data, "slimta") : "";

    /// <summary>
    /// The password for clients (default: generated at the first start, and kept in the file "password" in the folder, which other roles name
    /// as passwordFile= in their connection string). Set it as the environment variable Garnet__Password: every user can read a command line.
    /// </summary>
    [RegularExpression(@"^[\x21\x23-\x2B\x2D-\x7E]{16,512}$", ErrorMessage = "Garnet:Password must have 16 to 512 characters of ASCII without spaces, commas and quotation marks.")]
    public string? Password { get; set; }

    /// <summary>A loopback port for other processes; unset: any. Role queue: 6379.</summary>
    [Range(1, 65535, ErrorMessage = "Garnet:Port must be from 1 to 65535.")]
    public int? Port { get; set; }

    /// <summary>
    /// With less space than this on the disk, beside what a checkpoint of the queue takes, no mail is accepted (default 512 MiB:
    /// twice the log between two checkpoints).
    /// </summary>
    [Range(1024L * 1024, 1L << 50, ErrorMessage = "Garnet:MinFreeBytes must be from 1048576 to 1125899906842624; the default is 536870912.")]
    public long MinFreeBytes { get; set; } = 512L * 1024 * 1024;

    /// <summary>
    /// The log on disk is cut by a checkpoint when it is larger than this, in bytes; the power of two below counts (default 256 MiB).
    /// A start reads the log since the last checkpoint.
    /// </summary>
    [Range(1L << 20, 1L << 36, ErrorMessage = "Garnet:LogBytes must be from 1048576 to 68719476736; the default is 268435456.")]
    public long LogBytes { get; set; } = EmbeddedGarnet.DefaultLogBytes;

    /// <summary>
    /// Starts on damaged data with the rest of it (default false: the start reports the damage, and ends). A copy of all of it is
    /// kept in a folder "damaged-" with the time in the queue's folder.
    /// </summary>
    public bool AcceptLoss { get; set; }
}

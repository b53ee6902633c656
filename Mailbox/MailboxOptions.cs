using System.ComponentModel.DataAnnotations;

namespace Slimta.Mailbox;

/// <summary>The settings of the catch-all server: section "Mailbox", all optional.</summary>
public sealed class MailboxOptions
{
    public const string Section = "Mailbox";

    /// <summary>The address to listen on (default 127.0.0.1, as the server takes any mail from any client).</summary>
    [Required(ErrorMessage = "Mailbox:Address must be an IP address; the default is 127.0.0.1.")]
    [RegularExpression(@"^[0-9A-Fa-f.:]+$", ErrorMessage = "Mailbox:Address must be an IP address; the default is 127.0.0.1.")]
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>The port for SMTP; 0 takes any free port.</summary>
    [Range(0, 65535, ErrorMessage = "Mailbox:Port must be from 0 (any free one) to 65535; the default is 1025.")]
    public int Port { get; set; } = 1025;

    /// <summary>The name in its banner.</summary>
    public string Hostname { get; set; } = "mailbox.localhost";

    /// <summary>How many messages are kept (default 500); the oldest go.</summary>
    [Range(0, 1_000_000, ErrorMessage = "Mailbox:MaxMessages must be from 0 to 1000000; the default is 500.")]
    public int MaxMessages { get; set; } = 500;

    /// <summary>How many bytes of content and addresses are kept (default 64 MiB); the oldest go.</summary>
    [Range(0L, 1L << 40, ErrorMessage = "Mailbox:MaxBytes must be from 0 to 1099511627776; the default is 67108864.")]
    public long MaxBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>How long a recipient "slow" takes (default 5 s).</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00", ErrorMessage = "Mailbox:SlowDelay must be from 00:00:00 to 01:00:00; the default is 00:00:05.")]
    public TimeSpan SlowDelay { get; set; } = TimeSpan.FromSeconds(5);
}

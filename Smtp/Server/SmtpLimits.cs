using System.ComponentModel.DataAnnotations;

namespace Slimta.Smtp.Server;

/// <summary>How much a server takes. Every figure says where it comes from.</summary>
public sealed class SmtpLimits
{
    /// <summary>Bytes of content (default 50,000,000: what the large mail providers take). Announced with SIZE, and counted.</summary>
    [Range(1024L, 512L * 1024 * 1024, ErrorMessage = "MaxMessageBytes must be from 1024 to 536870912; the default is 50000000.")]
    public long MaxMessageBytes { get; set; } = 50_000_000;

    /// <summary>
    /// Octets of a line of content (default 256 KiB). RFC 5321 §4.5.3.1.6 has 1,000, but programs send whole HTML pages in one
    /// line; content streams through, so this guards those behind us.
    /// </summary>
    [Range(1000, int.MaxValue, ErrorMessage = "MaxLineBytes must be 1000 (RFC 5321 §4.5.3.1.6) or more; the default is 262144.")]
    public int MaxLineBytes { get; set; } = 256 * 1024;

    /// <summary>
    /// Octets of a command line (default 2,048). RFC 5321 §4.5.3.1.4 has 512, and the extensions add 26 (SIZE), 10 (SMTPUTF8),
    /// 119 (RET, ENVID), 528 (NOTIFY, ORCPT) and 500 (AUTH).
    /// </summary>
    [Range(512, 64 * 1024, ErrorMessage = "MaxCommandBytes must be from 512 (RFC 5321 §4.5.3.1.4) to 65536; the default is 2048.")]
    public int MaxCommandBytes { get; set; } = 2048;

    /// <summary>
    /// Bytes that all messages which are not whole yet hold in memory together (default 128 MiB); more get 421 4.3.2. The first 16 KiB of
    /// each message are not counted, so that mail of the usual kind is taken even while others hold much.
    /// </summary>
    [Range(1024L * 1024, 64L * 1024 * 1024 * 1024, ErrorMessage = "MaxUnfinishedBytes must be from 1048576 to 68719476736; the default is 134217728.")]
    public long MaxUnfinishedBytes { get; set; } = 128 * 1024 * 1024;

    /// <summary>Recipients of a message (default 1,000, as Postfix and Gmail have; RFC 5321 §4.5.3.1.8 wants at least 100).</summary>
    [Range(100, 100_000, ErrorMessage = "MaxRecipients must be from 100 (RFC 5321 §4.5.3.1.8) to 100000; the default is 1000.")]
    public int MaxRecipients { get; set; } = 1000;

    /// <summary>
    /// Commands without a message accepted (default 5,000): a full message of 1,000 recipients, each refused and tried again some
    /// times, fits; a client that only keeps us busy does not.
    /// </summary>
    [Range(10, int.MaxValue, ErrorMessage = "MaxCommands must be 10 or more; the default is 5000.")]
    public int MaxCommands { get; set; } = 5000;

    /// <summary>Refused commands after which a session is closed (default 20, Postfix's hard error limit).</summary>
    [Range(1, int.MaxValue, ErrorMessage = "MaxErrors must be 1 or more; the default is 20.")]
    public int MaxErrors { get; set; } = 20;

    /// <summary>Connections in total (default 10,000: at some 10 KB each when idle, 100 MB).</summary>
    [Range(1, 1_000_000, ErrorMessage = "MaxConnections must be from 1 to 1000000; the default is 10000.")]
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>Connections of one address (default 50, Postfix's). Clients that may relay by their network are exempt.</summary>
    [Range(1, 1_000_000, ErrorMessage = "MaxConnectionsPerAddress must be from 1 to 1000000; the default is 50.")]
    public int MaxConnectionsPerAddress { get; set; } = 50;

    /// <summary>Failed AUTH attempts after which a session is closed (default 3, as a login has).</summary>
    [Range(1, 100, ErrorMessage = "MaxAuthFailures must be from 1 to 100; the default is 3.")]
    public int MaxAuthFailures { get; set; } = 3;
}

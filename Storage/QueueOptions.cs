using System.ComponentModel.DataAnnotations;

namespace Slimta.Storage;

/// <summary>The queue's settings: section "Storage" of the configuration, all optional.</summary>
/// <example><code>{ "Storage": { "Prefix": "slimta:", "Partitions": 16, "Lease": "00:01:00" } }</code></example>
public sealed class QueueOptions
{
    public const string Section = "Storage";

    /// <summary>
    /// Every key starts with a brace and this (default <c>slimta:</c>), so several queues can share a server. Use no braces, which would change
    /// the cluster slot, and none of the characters that <c>redis-cli</c> patterns use.
    /// </summary>
    [Required(ErrorMessage = "Storage:Prefix must have 1 to 64 characters; the default is 'slimta:'.")]
    [RegularExpression(@"^[^{}*?\[\]\\\s\u0000]{1,64}$",
        ErrorMessage = "Storage:Prefix must have 1 to 64 characters, none of them a brace, a bracket, *, ?, a backslash or white space; the default is 'slimta:'.")]
    public string Prefix { get; set; } = "slimta:";

    /// <summary>
    /// How many partitions new messages are spread over (default 1). One is fastest on a single server; on a Redis Cluster take
    /// some times as many as it has primaries, such as 16. May be raised at any time; after lowering it, messages in the others are still delivered.
    /// </summary>
    [Range(1, 256, ErrorMessage = "Storage:Partitions must be from 1 to 256; 1 suits a single server, 16 a cluster.")]
    public int Partitions { get; set; } = 1;

    /// <summary>As the range of <see cref="Lease"/> has it.</summary>
    internal static readonly TimeSpan LongestLease = TimeSpan.FromDays(1);

    /// <summary>
    /// How long a relay keeps its messages without renewing them (default 60 s). A live relay renews every third of it, so it may be
    /// shorter than a delivery, but should outlast a restart of the server. What a dead relay had in hand comes back earlier, by
    /// <see cref="HeartbeatTimeout"/>.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00", ErrorMessage = "Storage:Lease must be from 00:00:01 to 1.00:00:00; the default is 00:01:00.")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// A relay that is silent for this long counts as dead (default 6 s), and its messages go to others. A live relay sends a sign of life
    /// every sixth of it. While no relay can reach the server, none counts as dead. A relay that lost touch with the server ends no content
    /// once this is over, so that no message is sent twice. If it is <see cref="Lease"/> or longer, only the lease counts.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00", ErrorMessage = "Storage:HeartbeatTimeout must be from 00:00:01 to 1.00:00:00; the default is 00:00:06.")]
    public TimeSpan HeartbeatTimeout { get; set; } = TimeSpan.FromSeconds(6);

    /// <summary>The longest that a missed wake-up can delay a message (default 5 s).</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00", ErrorMessage = "Storage:PollInterval must be from 00:00:00.050 to 00:10:00; the default is 00:00:05.")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the server may take to answer (default 5 s) where the connection string does not say (asyncTimeout).</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00", ErrorMessage = "Storage:Timeout must be from 00:00:00.100 to 00:05:00; the default is 00:00:05.")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Connections for message bodies (default 4): a server reads 16 KiB a turn from each connection, so several let more messages
    /// share one sync of its append-only file, and a large message delays no other.
    /// </summary>
    [Range(1, 64, ErrorMessage = "Storage:BodyConnections must be from 1 to 64; the default is 4.")]
    public int BodyConnections { get; set; } = 4;

    /// <summary>Content up to this many bytes is stored inline (default 64 KiB); larger content in chunks.</summary>
    [Range(0, 1024 * 1024, ErrorMessage = "Storage:InlineBytes must be from 0 to 1048576; the default is 65536.")]
    public int InlineBytes { get; set; } = 64 * 1024;

    /// <summary>The largest message in bytes (default 50 MB, what the large mail providers take).</summary>
    [Range(1024L, 512L * 1024 * 1024, ErrorMessage = "Storage:MaxMessageBytes must be from 1024 to 536870912; the default is 50000000.")]
    public long MaxMessageBytes { get; set; } = 50_000_000;

    /// <summary>How many messages a partition takes (0: no limit, the default on Redis).</summary>
    [Range(0L, long.MaxValue, ErrorMessage = "Storage:MaxMessages must be 0 (no limit) or more.")]
    public long MaxMessages { get; set; }

    /// <summary>How many content bytes a partition takes (0: no limit, the default on Redis, which itself refuses when out of memory).</summary>
    [Range(0L, long.MaxValue, ErrorMessage = "Storage:MaxBytes must be 0 (no limit) or more.")]
    public long MaxBytes { get; set; }

    /// <summary>How long an idempotency key is remembered (default 24 h).</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00", ErrorMessage = "Storage:IdempotencyWindow must be from 00:00:01 to 30.00:00:00; the default is 1.00:00:00.")]
    public TimeSpan IdempotencyWindow { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Staged content that is never written goes away after this long (default 1 h).</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00", ErrorMessage = "Storage:StagingLifetime must be from 00:00:01 to 1.00:00:00; the default is 01:00:00.")]
    public TimeSpan StagingLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long the history of an ended message is kept (default 7 days; 0: not at all).</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00", ErrorMessage = "Storage:HistoryAge must be from 00:00:00 (no history) to 365.00:00:00; the default is 7.00:00:00.")]
    public TimeSpan HistoryAge { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// How many ended messages a partition keeps in its history (default 100,000; 0: none): the oldest go first. Each takes about 1 KB of the
    /// server's memory, which <see cref="MaxBytes"/> does not count.
    /// </summary>
    [Range(0, 10_000_000, ErrorMessage = "Storage:HistoryMessages must be from 0 (no history) to 10000000; the default is 100000.")]
    public int HistoryMessages { get; set; } = 100_000;

    /// <summary>
    /// How many bytes a partition's history takes at most (default 256 MiB), with the content that <see cref="KeepContent"/> keeps.
    /// </summary>
    [Range(64L * 1024, long.MaxValue, ErrorMessage = "Storage:HistoryBytes must be at least 65536; the default is 268435456.")]
    public long HistoryBytes { get; set; } = 256L * 1024 * 1024;

    /// <summary>
    /// Keeps the content of a message that bounced with its history (default false), so that it can be sent again, as far as
    /// <see cref="HistoryBytes"/> has room: no content of more than a quarter of that.
    /// </summary>
    public bool KeepContent { get; set; }

    /// <summary>True if a history is kept.</summary>
    internal bool KeepsHistory => HistoryMessages > 0 && HistoryAge > TimeSpan.Zero;

    /// <summary>
    /// A message is held when it was handed out this often and never settled (default 5), and its relay died of it while it had
    /// nothing else in hand: three times, or once less than this if that is fewer. After two hand-outs it is tried alone, so that its neighbors are not
    /// suspected with it.
    /// </summary>
    [Range(1, 1000, ErrorMessage = "Storage:MaxHandOuts must be from 1 to 1000; the default is 5.")]
    public int MaxHandOuts { get; set; } = 5;

    /// <summary>
    /// Runs on a server that may lose acknowledged mail when it crashes (default false): no append-only file, or one that is not
    /// synced before the reply. For tests and for mail that may be lost.
    /// </summary>
    public bool AllowVolatile { get; set; }

    /// <summary>
    /// Trusts a server that does not show whether it keeps acknowledged mail (default false), such as a managed one that hides CONFIG. First
    /// make sure that it has appendonly yes, appendfsync always and maxmemory-policy noeviction. Settings that it does show are checked all the
    /// same.
    /// </summary>
    public bool TrustServer { get; set; }

    /// <summary>
    /// How often the server is checked (default 2 s): the longest that it may break its promise before new mail is refused.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00", ErrorMessage = "Storage:CheckInterval must be from 00:00:01 to 1.00:00:00; the default is 00:00:02.")]
    public TimeSpan CheckInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The name of this process in leases and attempt records; by default machine, process and a random part. No two processes that
    /// run at the same time may share one: a process that starts takes over at once the messages of another of its name that has been silent
    /// for two beats.
    /// </summary>
    [Required(ErrorMessage = "Storage:Owner must have 1 to 200 characters; by default it is made of machine, process and a random part.")]
    [RegularExpression(@"^[^|#\s]{1,200}$", ErrorMessage = "Storage:Owner must have 1 to 200 characters without '|', '#' or white space.")]
    public string Owner { get; set; } = $"{Environment.MachineName}:{Environment.ProcessId}:{Guid.NewGuid().ToString("N")[..6]}";
}

using System.Globalization;

namespace Slimta.Chaos.Actors;

/// <summary>What the processes under test are told: the product's settings, with waits as short as a run of some minutes needs.</summary>
internal static class Settings
{
    /// <summary>
    /// After so long without a sign of life a relay's messages go to others. Its leases would last ten times as long.
    /// </summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(6);

    /// <summary>Content that was staged and not written goes away after this.</summary>
    public static readonly TimeSpan StagingLifetime = TimeSpan.FromSeconds(30);

    /// <summary>The embedded queue's; Redis has none here.</summary>
    public const string QueuePassword = "what-the-judge-knows";

    /// <summary>The name of the relays' second way.</summary>
    public const string Detour = "detour";

    public static Dictionary<string, string> Queue(string? connection) => new()
    {
        ["ConnectionStrings:redis"] = connection ?? "",
        ["Storage:HeartbeatTimeout"] = Text(Silence),
        ["Storage:StagingLifetime"] = Text(StagingLifetime),
        ["Storage:Timeout"] = "00:00:03",
        ["Storage:CheckInterval"] = "00:00:05",
        ["Storage:BodyConnections"] = "2",
        // The judge wants to know what became of each message, and operators send again what bounced.
        ["Storage:HistoryMessages"] = "1000000",
        ["Storage:KeepContent"] = "true",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        ["urls"] = "http://127.0.0.1:0",
    };

    /// <summary>After <see cref="Queue"/>: of two addresses for the web server the last counts.</summary>
    public static Dictionary<string, string> Edge(int port, int http = 0) => new()
    {
        ["Edge:Smtp:Port"] = $"{port}",
        ["urls"] = $"http://127.0.0.1:{http}",
        ["Edge:WriteTimeout"] = "00:00:06",
    };

    /// <param name="name">In EHLO: by it the sink knows which process it was.</param>
    public static Dictionary<string, string> Relay(string name, int sinkA, int sinkB) => new()
    {
        ["Relay:HelloName"] = name,
        // What no route names goes by MX: to the sick.
        ["Relay:Smarthost"] = "",
        ["Relay:Routes:a.test:NextHop"] = $"smtp://127.0.0.1:{sinkA}",
        ["Relay:Routes:sender.test:NextHop"] = $"smtp://127.0.0.1:{sinkA}",
        // A second destination, so that a message can have one delivered while the other is still at it.
        ["Relay:Routes:b.test:NextHop"] = $"smtp://127.0.0.1:{sinkB}",
        // Where an operator orders mail to go that is for anywhere.
        [$"Relay:NamedRoutes:{Detour}:NextHop"] = $"smtp://127.0.0.1:{sinkB}",
        ["Relay:Retry:Schedule:0"] = "00:00:01",
        ["Relay:Retry:Schedule:1"] = "00:00:02",
        ["Relay:Cooldown"] = "00:00:01",
        // The timeouts are those that users get: a host that never greets is waited for as long as it would be theirs.
    };

    public static Dictionary<string, string> EmbeddedQueue(string folder, int port) => new()
    {
        ["Garnet:Folder"] = folder,
        ["Garnet:Port"] = $"{port}",
        ["Garnet:Password"] = QueuePassword,
        // The disk that is filled is small, and Garnet takes most of it for its log beforehand.
        ["Garnet:MinFreeBytes"] = $"{64 * 1024 * 1024}",
        // A checkpoint every ten seconds or so, where users have one every 40,000 messages: in the faults' reach, and between them.
        ["Garnet:LogBytes"] = $"{4 * 1024 * 1024}",
    };

    private static string Text(TimeSpan span) => span.ToString("c", CultureInfo.InvariantCulture);
}

using System.Reflection;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>
/// One timer for the heartbeats of all connections, on which the client notices timeouts and tries to reconnect. Its own are one a
/// connection, out of step, and each wakes two threads: twenty times a second in a process that has nothing to do.
/// </summary>
/// <remarks>The client does not publish its heartbeat. Should it have another name some day, the client's own timers do it, as often.</remarks>
internal sealed class Heartbeat : IDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private static readonly Action<ConnectionMultiplexer>? Beat = typeof(ConnectionMultiplexer)
        .GetMethod("OnHeartbeat", BindingFlags.Instance | BindingFlags.NonPublic, Type.EmptyTypes)?
        .CreateDelegate<Action<ConnectionMultiplexer>>();

    private readonly ITimer? _timer;

    /// <param name="connections">Opened with <see cref="OwnInterval"/>.</param>
    public Heartbeat(IReadOnlyList<ConnectionMultiplexer> connections)
    {
        if (Beat is { } beat)
            // Of the real clock in tests as well: a server is lost and found in real time.
            _timer = TimeProvider.System.CreateTimer(_ => { foreach (var connection in connections) beat(connection); }, null, Interval, Interval);
    }

    public static bool IsShared => Beat is not null;

    /// <summary>What the client's own timers are set to.</summary>
    public static TimeSpan OwnInterval => IsShared ? TimeSpan.FromMinutes(1) : Interval;

    public void Dispose() => _timer?.Dispose();
}

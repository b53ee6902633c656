using Slimta.Smtp.Client;

namespace Slimta.Relay.Destinations;

/// <summary>Sessions of one destination that wait for the next message; the one used last is the first to be used again.</summary>
internal sealed class IdleConnections(int messagesPerConnection, TimeSpan idle, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly List<SmtpConnection> _connections = [];
    private bool _closed;

    public SmtpConnection? TryTake()
    {
        while (true)
        {
            SmtpConnection connection;
            lock (_gate)
            {
                if (_connections.Count == 0)
                    return null;
                connection = _connections[^1];
                _connections.RemoveAt(_connections.Count - 1);
            }
            if (time.GetElapsedTime(connection.IdleSince) <= idle && connection.IsQuiet())
                return connection;
            Close(connection);
        }
    }

    public void Return(SmtpConnection connection)
    {
        connection.IdleSince = time.GetTimestamp();
        if (connection.IsReusable && connection.Transactions < messagesPerConnection && idle > TimeSpan.Zero)
        {
            lock (_gate)
            {
                if (!_closed)
                {
                    _connections.Add(connection);
                    return;
                }
            }
        }
        Close(connection);
    }

    /// <summary>Closes those that have waited too long; all of them when the relay stops.</summary>
    public void Sweep(bool all = false)
    {
        SmtpConnection[] old;
        lock (_gate)
        {
            _closed |= all;
            if (_connections.Count == 0)
                return;
            old = [.. _connections.Where(connection => all || time.GetElapsedTime(connection.IdleSince) > idle)];
            _connections.RemoveAll(connection => old.Contains(connection));
        }
        foreach (var connection in old)
            Close(connection);
    }

    public bool IsEmpty
    {
        get { lock (_gate) return _connections.Count == 0; }
    }

    /// <summary>Does not wait for the goodbye, and never throws.</summary>
    private static void Close(SmtpConnection connection) => _ = connection.QuitAsync().AsTask();
}

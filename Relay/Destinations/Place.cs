using Slimta.Smtp.Client;

namespace Slimta.Relay.Destinations;

/// <summary>A delivery in its lane: at work, or kept waiting by the other side.</summary>
internal sealed class Place(Lane lane, DeliveryContext? delivery, long since)
{
    private readonly Lock _gate = new();
    private CancellationTokenSource? _opening;
    private SmtpConnection? _connection;
    private bool _givenUp;

    /// <summary>The message; it need not count among those that the relay works on while the other side keeps it waiting.</summary>
    public DeliveryContext? Delivery { get; } = delivery;

    /// <summary>Since when it is there.</summary>
    public long Since { get; } = since;

    /// <summary>Its node among the deliveries that wait; null while it is at work.</summary>
    public LinkedListNode<Place>? Stalled { get; set; }

    /// <summary>The session that it uses.</summary>
    public SmtpConnection? Connection
    {
        set => Volatile.Write(ref _connection, value);
    }

    /// <summary>Since when the other side has kept it waiting; 0 while it does not. A session that is not open yet has from the start.</summary>
    public long WaitingSince => Volatile.Read(ref _connection) is { } connection ? connection.WaitingSince : Since;

    /// <summary>Opens a session, which may be given up for others.</summary>
    /// <exception cref="SmtpSessionException">There is none to be had.</exception>
    public async Task<SmtpConnection> OpenAsync(Func<CancellationToken, Task<SmtpConnection>> open, CancellationToken cancellationToken)
    {
        using var opening = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Connection = null;
        lock (_gate)
            _opening = opening;
        try
        {
            var connection = await open(opening.Token);
            Connection = connection;
            return connection;
        }
        catch (SmtpSessionException e) when (e.Cancelled && _givenUp && !cancellationToken.IsCancellationRequested)
        {
            throw new SmtpSessionException(e.Stage, $"No session yet, and too many others waited to begin theirs ({e.Stage}).", inner: e) { Target = e.Target };
        }
        finally
        {
            lock (_gate)
                _opening = null;
        }
    }

    /// <returns>False if it has a session already: what is under way comes to its end.</returns>
    public bool TryGiveUp()
    {
        lock (_gate)
        {
            if (_opening is null || _givenUp)
                return false;
            _givenUp = true;
            // Elsewhere: what it stops may end in a lane, and ours is locked.
            _ = _opening.CancelAsync();
            return true;
        }
    }

    /// <summary>The delivery is over.</summary>
    public void Leave(Contact contact) => lane.Leave(this, contact);
}

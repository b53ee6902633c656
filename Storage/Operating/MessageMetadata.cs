namespace Slimta.Storage;

/// <summary>A message without its content.</summary>
public sealed record MessageMetadata
{
    public required string Sender { get; init; }

    /// <summary>All recipients of the original envelope.</summary>
    public required IReadOnlyList<Recipient> Recipients { get; init; }

    /// <summary>Indexes of those that need no further attempt.</summary>
    public required IReadOnlySet<int> Completed { get; init; }
    public required int Attempts { get; init; }

    /// <summary>An operator ordered it to be bounced, with this text.</summary>
    public string? BounceText { get; init; }

    /// <summary>Who ordered the bounce; null if the order did not say.</summary>
    public string? BouncedBy { get; init; }

    /// <summary>An operator ordered it to be sent by the route of this name, in place of the one in the relay's table.</summary>
    public string? Route { get; init; }

    /// <summary>The recipients that still wait.</summary>
    public IEnumerable<Recipient> Pending => Recipients.Where(recipient => !Completed.Contains(recipient.Index));

    /// <summary>The recipients in a state.</summary>
    internal IEnumerable<Recipient> RecipientsIn(RecipientState state) => state switch
    {
        RecipientState.Waiting => Pending,
        RecipientState.Completed => Recipients.Where(recipient => Completed.Contains(recipient.Index)),
        _ => Recipients,
    };

    /// <summary>Content length in bytes.</summary>
    public required long Size { get; init; }
    public required ClientInfo Client { get; init; }
    public required string Receiver { get; init; }
    public required DateTimeOffset Received { get; init; }

    /// <summary>As the envelope has them; null where they are not kept.</summary>
    public string? Subject { get; init; }
    public string? MessageId { get; init; }

    /// <summary>
    /// The errors of the last attempt, for the recipients that still wait; only in a page of <see cref="IQueueOperator.FindAsync"/>.
    /// </summary>
    public IReadOnlyList<string> LastErrors { get; init; } = [];

    /// <summary>The id of the ended message that this one sends again.</summary>
    public string? ResentFrom { get; init; }

    /// <summary>The W3C trace id of the write.</summary>
    public string? TraceId { get; init; }
}

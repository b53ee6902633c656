using System.Diagnostics;

namespace Slimta.Storage;

/// <summary>A message as the queue holds it.</summary>
public sealed record QueuedMessage
{
    public required string Id { get; init; }

    /// <summary>The envelope, without the recipients that need no further attempt.</summary>
    public required Envelope Envelope { get; init; }

    /// <summary>Delivery attempts counted so far.</summary>
    public required int Attempts { get; init; }

    /// <summary>
    /// The time from which its age counts, if not from its receipt: when mail for later was first due, or when it was last released
    /// from hold.
    /// </summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>
    /// When an operator wanted it to be tried; null once an attempt has ended since. A relay then tries it even where it found, before
    /// that time, that its destination does not answer.
    /// </summary>
    public DateTimeOffset? Asked { get; init; }

    /// <summary>How many recipients the original envelope had; indexes run from 0 to one less.</summary>
    public required int RecipientCount { get; init; }

    /// <summary>What the last settlement kept for the next attempt (<see cref="Settlement.Note"/>).</summary>
    public string? Note { get; init; }

    /// <summary>An operator ordered it to be bounced, with this text: it is not to be delivered.</summary>
    public string? BounceText { get; init; }

    /// <summary>Who ordered the bounce; null if the order did not say.</summary>
    public string? BouncedBy { get; init; }

    /// <summary>An operator ordered it to be sent by the route of this name, in place of the one in the relay's table.</summary>
    public string? Route { get; init; }

    /// <summary>The trace in which the message was written, to continue (first attempt) or to link to (later ones).</summary>
    public ActivityContext TraceContext { get; init; }
}

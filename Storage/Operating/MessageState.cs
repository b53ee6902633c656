namespace Slimta.Storage;

public enum MessageState
{
    /// <summary>Its time has come; the next free relay takes it. Also one whose relay died and whose lease has run out.</summary>
    Due,

    /// <summary>It waits for its time.</summary>
    Scheduled,

    /// <summary>A relay is working on it.</summary>
    Leased,

    /// <summary>It waits for an operator.</summary>
    Held,
}

namespace Slimta.Cli;

/// <summary>What the process ends with; docs/operate.md has the table.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>The command or a filter is wrong; nothing was changed.</summary>
    public const int Usage = 2;

    /// <summary>No such message.</summary>
    public const int NotFound = 3;

    /// <summary>The message, or some of those that match, is being delivered, or is in no state for the order.</summary>
    public const int LeftAlone = 4;

    /// <summary>The key is missing, wrong, or not an operator's.</summary>
    public const int Denied = 5;

    /// <summary>The server or the queue behind it cannot be reached; an order may be done in part.</summary>
    public const int Unavailable = 6;

    /// <summary>Some of those that match could not be changed.</summary>
    public const int Failed = 7;
}

namespace Slimta.Cli;

/// <summary>The exit codes; docs/operate.md has the table.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>The command or a filter is wrong; nothing was changed.</summary>
    public const int Usage = 2;

    /// <summary>No such message or job.</summary>
    public const int NotFound = 3;

    /// <summary>The message, or some of those that match, is being delivered, or is in no state for the order.</summary>
    public const int LeftAlone = 4;

    /// <summary>The key is missing, wrong, or not an operator's.</summary>
    public const int Denied = 5;

    /// <summary>The server or the queue behind it cannot be reached; a job that was started goes on by itself.</summary>
    public const int Unavailable = 6;

    /// <summary>Some of those that match could not be changed, or the job failed.</summary>
    public const int Failed = 7;

    /// <summary>The job was canceled before its end.</summary>
    public const int Canceled = 8;

    /// <summary>Ctrl+C; a job that was started goes on. As shells have it: 128 and the signal's number.</summary>
    public const int Interrupted = 130;
}

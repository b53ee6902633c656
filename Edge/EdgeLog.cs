using System.Net;

namespace Slimta.Edge;

internal static partial class EdgeLog
{
    [LoggerMessage(150, LogLevel.Information,
        "SMTP session from {Client} ended ({Reason}) after {Milliseconds:F0} ms: {Accepted} accepted, {Refused} refused, {Tls}, {Login}")]
    public static partial void SessionEnded(ILogger logger, IPAddress? client, string reason, double milliseconds,
        int accepted, int refused, string tls, string login);

    [LoggerMessage(151, LogLevel.Error, "{Id}: not written to the queue; the client was told to try again later: {Problem}")]
    public static partial void WriteFailed(ILogger logger, string id, string problem);

    [LoggerMessage(152, LogLevel.Error, "More messages not written to the queue in the last minute: {Count}; their clients were told to try again later: {Problem}")]
    public static partial void WritesFailed(ILogger logger, int count, string problem);

    [LoggerMessage(153, LogLevel.Information, "The queue takes mail again; messages refused meanwhile: {Count}")]
    public static partial void WritesWork(ILogger logger, int count);

    [LoggerMessage(154, LogLevel.Information, "{Id}: withdrawn, because it was written after its client had been told to try again later")]
    public static partial void Withdrawn(ILogger logger, string id);

    [LoggerMessage(168, LogLevel.Warning, "There are no routes for operators: the queue has no {Missing}. Register them, or use AddMailQueue")]
    public static partial void NoOperators(ILogger logger, string missing);

    [LoggerMessage(156, LogLevel.Warning, "{Method} {Path} refused: {Reason}")]
    public static partial void RequestRefused(ILogger logger, string method, string path, string reason);

    [LoggerMessage(155, LogLevel.Warning,
        "{Id}: may arrive twice: its client was told to try again later, but the message may be in the queue and could not be withdrawn ({Problem})")]
    public static partial void NotWithdrawn(ILogger logger, string id, string problem);
}

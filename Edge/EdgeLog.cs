using System.Net;

namespace Slimta.Edge;

internal static partial class EdgeLog
{
    [LoggerMessage(150, LogLevel.Information,
        "SMTP session from {Client} ended ({Reason}) after {Milliseconds:F0} ms: {Accepted} accepted, {Refused} refused, {Tls}, {Login}")]
    public static partial void SessionEnded(ILogger logger, IPAddress? client, string reason, double milliseconds,
        int accepted, int refused, string tls, string login);

    [LoggerMessage(151, LogLevel.Error, "Message {Id} could not be written to the queue; the client was told to come back: {Problem}")]
    public static partial void WriteFailed(ILogger logger, string id, string problem);

    [LoggerMessage(152, LogLevel.Error, "{Count} more messages could not be written to the queue in the last minute; their clients were told to come back: {Problem}")]
    public static partial void WritesFailed(ILogger logger, int count, string problem);

    [LoggerMessage(153, LogLevel.Information, "The queue takes mail again; {Count} messages had been refused meanwhile")]
    public static partial void WritesWork(ILogger logger, int count);

    [LoggerMessage(154, LogLevel.Information, "Message {Id} was written after its client had been told to come back, and was withdrawn")]
    public static partial void Withdrawn(ILogger logger, string id);

    [LoggerMessage(156, LogLevel.Warning, "{Method} {Path} refused: {Reason}")]
    public static partial void RequestRefused(ILogger logger, string method, string path, string reason);

    [LoggerMessage(155, LogLevel.Warning,
        "Message {Id} may be in the queue though its client was told to come back, and could not be withdrawn: it may arrive twice ({Problem})")]
    public static partial void NotWithdrawn(ILogger logger, string id, string problem);
}

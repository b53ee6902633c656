using System.Net;
using Microsoft.Extensions.Logging;

namespace Slimta.Edge;

internal static partial class EdgeLog
{
    [LoggerMessage(101, LogLevel.Information,
        "SMTP session from {Client} ended ({Reason}) after {Duration}: {Accepted} accepted, {Refused} refused, {Commands} commands, TLS {Tls}, authenticated {Authenticated}")]
    public static partial void SessionEnded(ILogger logger, IPAddress? client, string reason, TimeSpan duration,
        int accepted, int refused, int commands, string? tls, bool authenticated);

    [LoggerMessage(102, LogLevel.Error, "Message {Id} could not be written to the queue; the client was told to come back: {Problem}")]
    public static partial void WriteFailed(ILogger logger, string id, string problem);

    [LoggerMessage(103, LogLevel.Error, "Writing message {Id} to the queue took longer than {Timeout}; the client was told to come back")]
    public static partial void WriteTimedOut(ILogger logger, string id, TimeSpan timeout);

    [LoggerMessage(104, LogLevel.Information, "Message {Id} was written after its client had been told to come back, and was withdrawn")]
    public static partial void Withdrawn(ILogger logger, string id);

    [LoggerMessage(105, LogLevel.Warning,
        "Message {Id} may be in the queue though its client was told to come back, and could not be withdrawn: it may arrive twice ({Problem})")]
    public static partial void NotWithdrawn(ILogger logger, string id, string problem);
}

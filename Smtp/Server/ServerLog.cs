using System.Net;
using Microsoft.Extensions.Logging;

namespace Slimta.Smtp.Server;

internal static partial class ServerLog
{
    [LoggerMessage(60, LogLevel.Information, "SMTP is listening on {Endpoint} (implicit TLS: {ImplicitTls})")]
    public static partial void Listening(ILogger logger, EndPoint endpoint, bool implicitTls);

    [LoggerMessage(61, LogLevel.Error, "An SMTP session failed")]
    public static partial void SessionFailed(ILogger logger, Exception exception);

    [LoggerMessage(62, LogLevel.Error, "A handler threw; the client gets 451")]
    public static partial void HandlerFailed(ILogger logger, Exception exception);

    [LoggerMessage(63, LogLevel.Error, "Accepting a connection on {Endpoint} failed; listening goes on")]
    public static partial void AcceptFailed(ILogger logger, EndPoint endpoint, Exception exception);

    [LoggerMessage(64, LogLevel.Warning, "SMTP sessions cut off, because they did not end within {Deadline}: {Count}")]
    public static partial void CutOff(ILogger logger, int count, TimeSpan deadline);

    [LoggerMessage(65, LogLevel.Warning, "The limit of SMTP connections is reached: {Limit}; the server refuses new ones. Raise Edge:Smtp:Limits:MaxConnections if the clients are yours")]
    public static partial void Full(ILogger logger, int limit);
}

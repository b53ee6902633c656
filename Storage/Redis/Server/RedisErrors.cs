using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>Turns the client's exceptions into errors that an operator can act on. No raw client exception leaves the storage.</summary>
internal static class RedisErrors
{
    public static bool IsOurs(Exception error) => error is RedisException or TimeoutException or ObjectDisposedException or RedisCommandException;

    public static QueueException Translate(Exception error, string operation) => error switch
    {
        RedisServerException refused => Refused(refused, operation),
        RedisTimeoutException { Commandstatus: CommandStatus.WaitingToBeSent or CommandStatus.WaitingInBacklog } =>
            Away(error, operation, outcomeUnknown: false),
        RedisConnectionException lost when AccessErrors.Of(lost, operation) is { } denied => denied,
        RedisConnectionException { CommandStatus: CommandStatus.WaitingToBeSent or CommandStatus.WaitingInBacklog } =>
            Away(error, operation, outcomeUnknown: false),
        RedisConnectionException { FailureType: ConnectionFailureType.UnableToConnect or ConnectionFailureType.UnableToResolvePhysicalConnection } =>
            Away(error, operation, outcomeUnknown: false),
        ObjectDisposedException => Away(error, operation, outcomeUnknown: false),
        RedisCommandException => new QueueException($"{operation}: the server cannot do this: {error.Message}", error),
        _ => Away(error, operation, outcomeUnknown: true),
    };

    /// <summary>Garnet and errors inside a script come without a code in front.</summary>
    public static bool IsWrongType(RedisServerException error) =>
        error.Kind == RedisErrorKind.WrongType || error.Message.Contains("WRONGTYPE", StringComparison.Ordinal);

    private static QueueException Refused(RedisServerException error, string operation) => error.Kind switch
    {
        RedisErrorKind.OutOfMemory => new QueueFullException(
            $"{operation}: Redis is out of memory (maxmemory). Nothing was changed. Let the relays drain the queue, or raise maxmemory.", error),
        RedisErrorKind.Misconfigured => new QueueFullException(
            $"{operation}: Redis refuses writes because it cannot persist them. Nothing was changed. Look for a full disk in its log. ({error.Message})", error),
        RedisErrorKind.ReadOnly => new QueueUnavailableException(
            $"{operation}: the server is a read-only replica. Nothing was changed. Connect to the primary, or wait for the failover.", outcomeUnknown: false, error),
        RedisErrorKind.NoAuth or RedisErrorKind.WrongPass or RedisErrorKind.NoPermission or RedisErrorKind.NotPermitted => Denied(error, operation),
        RedisErrorKind.Loading or RedisErrorKind.ClusterDown or RedisErrorKind.MasterDown or RedisErrorKind.TryAgain
            or RedisErrorKind.NoReplicas or RedisErrorKind.Busy or RedisErrorKind.MaxClients or RedisErrorKind.Moved or RedisErrorKind.Ask =>
            new QueueUnavailableException($"{operation}: the server is not ready: {error.Message}", outcomeUnknown: false, error),
        _ when IsWrongType(error) => new QueueFormatException(
            $"{operation}: a key under our prefix has another type: another program writes there. Nothing was changed. Set Storage:Prefix to one that only this queue uses. ({error.Message})", error),
        _ => new QueueException($"{operation}: the server refused: {error.Message}", error),
    };

    private static QueueUnavailableException Away(Exception error, string operation, bool outcomeUnknown) =>
        new($"{operation}: the server is not answering. {(outcomeUnknown ? "Whether it was done is unknown." : "Nothing was changed.")} ({FirstSentence(error.Message)})",
            outcomeUnknown, error);

    private static QueueAccessException Denied(Exception error, string operation) => AccessErrors.Of(error, operation)
        ?? new($"{operation}: the server refused us. ({FirstSentence(error.Message)})", error);

    // The client appends a page about its state.
    public static string FirstSentence(string message) => message.Split(", ", 2)[0].Split(';', 2)[0];
}

namespace Slimta.Relay;

/// <summary>What the relay logs: ids, hosts and counts; no address, no content.</summary>
internal static partial class RelayLog
{
    [LoggerMessage(100, LogLevel.Information, "The relay delivers, up to {Concurrency} messages at once, as {HelloName}")]
    public static partial void Started(ILogger log, int concurrency, string helloName);

    [LoggerMessage(101, LogLevel.Information, "The relay stops; {Count} deliveries have {Timeout} to end")]
    public static partial void Stopping(ILogger log, int count, TimeSpan timeout);

    [LoggerMessage(102, LogLevel.Warning, "{Count} deliveries did not end in time and are stopped; their messages go back to the queue")]
    public static partial void StoppedShort(ILogger log, int count);

    [LoggerMessage(103, LogLevel.Warning, "The relay calls itself {HelloName}, which is no fully qualified domain name: strict servers refuse it (RFC 5321 §4.1.4), as it cannot resolve. Set Relay:HelloName to the name that the DNS has for this host's address, such as mail.example.com")]
    public static partial void ShortName(ILogger log, string helloName);

    [LoggerMessage(110, LogLevel.Information, "{Id}: attempt {Attempt} {Settlement} in {Milliseconds:F0} ms")]
    public static partial void Settled(ILogger log, string id, int attempt, string settlement, double milliseconds);

    [LoggerMessage(111, LogLevel.Information, "Message {Id}: {Count} of its recipients deferred, {Outcome} at {Host}: {Status}")]
    public static partial void Deferred(ILogger log, string id, int count, string outcome, string? host, string status);

    [LoggerMessage(112, LogLevel.Warning, "Message {Id}: recipients failed permanently: {Failed} ({Expired} expired, {Unreported} unreported)")]
    public static partial void Failed(ILogger log, string id, int failed, int expired, int unreported);

    [LoggerMessage(113, LogLevel.Warning, "Message {Id}: all was sent to {Host} and no reply came; unknown whether it arrived; recipients concerned: {Count}")]
    public static partial void Unknown(ILogger log, string id, string? host, int count);

    [LoggerMessage(114, LogLevel.Warning, "Message {Id} is held: {Reason}")]
    public static partial void Held(ILogger log, string id, string reason);

    [LoggerMessage(123, LogLevel.Warning, "Message {Id}: recipients dropped by rule {Rule}: {Count}, as {Words}")]
    public static partial void Dropped(ILogger log, string id, int count, string rule, string words);

    [LoggerMessage(115, LogLevel.Error, "Message {Id}: the lease was lost before the attempt was settled; it may be delivered again")]
    public static partial void Lost(ILogger log, string id);

    [LoggerMessage(116, LogLevel.Error, "Message {Id}: the attempt could not be settled; what was delivered may be delivered again")]
    public static partial void Unsettled(ILogger log, string id);

    [LoggerMessage(117, LogLevel.Error, "Message {Id}: delivery threw; message held")]
    public static partial void Broke(ILogger log, string id, Exception error);

    [LoggerMessage(119, LogLevel.Error, "Message {Id}: delivery to {Count} of its recipients threw; they are tried again")]
    public static partial void DeliveryFailed(ILogger log, string id, int count, Exception error);

    [LoggerMessage(118, LogLevel.Warning, "Message {Id}: the queue has no room for the report to its sender, so it stays for now: {Reason}")]
    public static partial void NoRoomForReport(ILogger log, string id, string reason);

    [LoggerMessage(140, LogLevel.Warning, "Message {Id}, held since {Since:u}, is removed as no operator decided in time; {Told}. It was held because: {Reason}")]
    public static partial void HeldEnded(ILogger log, string id, DateTimeOffset since, string told, string reason);

    [LoggerMessage(141, LogLevel.Error, "A message that was held for too long could not be ended, and is tried again in a minute: {Reason}")]
    public static partial void HeldNotEnded(ILogger log, string reason);

    [LoggerMessage(142, LogLevel.Error, "Message {Id} could not be settled as it should be, and is held: {Reason}")]
    public static partial void HeldInstead(ILogger log, string id, string reason);

    [LoggerMessage(120, LogLevel.Error, "The queue cannot be written; no delivery is begun until it can: {Reason}")]
    public static partial void QueueAway(ILogger log, string reason);

    [LoggerMessage(121, LogLevel.Information, "The queue can be written again")]
    public static partial void QueueBack(ILogger log);

    [LoggerMessage(122, LogLevel.Warning, "Message {Id}: those who have it could not be marked early: {Reason}")]
    public static partial void NotMarked(ILogger log, string id, string reason);

    [LoggerMessage(124, LogLevel.Warning, "What this relay is doing cannot be told to operators, and it goes on without: {Reason}")]
    public static partial void StateNotTold(ILogger log, string reason);

    [LoggerMessage(130, LogLevel.Error, "The next hop {Host}, which the configuration names, cannot be resolved: {Reason}")]
    public static partial void Unresolvable(ILogger log, string host, string reason);

    [LoggerMessage(131, LogLevel.Error, "The next hop {Host} does not let us log in: {Reason}")]
    public static partial void LoginFailed(ILogger log, string host, string reason);

    [LoggerMessage(134, LogLevel.Error, "The next hop {Host} gets no mail, as TLS is required there: {Reason}")]
    public static partial void NotSecure(ILogger log, string host, string reason);

    [LoggerMessage(132, LogLevel.Warning, "{Route} ({Host}) is not protected: {Why}")]
    public static partial void Unprotected(ILogger log, string route, string host, string why);

    [LoggerMessage(133, LogLevel.Information, "{Route} ({Host}) is not protected: {Why}")]
    public static partial void Opportunistic(ILogger log, string route, string host, string why);
}

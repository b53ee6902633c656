namespace Slimta.Relay;

/// <summary>What the relay logs: ids, hosts and counts; no address, no content.</summary>
internal static partial class RelayLog
{
    public static string Recipients(int count) => count == 1 ? "1 recipient" : $"{count} recipients";

    [LoggerMessage(100, LogLevel.Information, "The relay started as {HelloName}; it delivers up to {Concurrency} messages at once")]
    public static partial void Started(ILogger log, int concurrency, string helloName);

    [LoggerMessage(101, LogLevel.Information, "The relay is stopping; deliveries under way: {Count}; they have {Timeout} to finish")]
    public static partial void Stopping(ILogger log, int count, TimeSpan timeout);

    [LoggerMessage(102, LogLevel.Warning, "Deliveries not finished in time and stopped: {Count}; their messages go back to the queue")]
    public static partial void StoppedShort(ILogger log, int count);

    [LoggerMessage(103, LogLevel.Warning, "The relay's name {HelloName} is not a fully qualified domain name, and strict servers refuse it (RFC 5321 §4.1.4). Set Relay:HelloName to the name that the DNS has for this host's address, such as mail.example.com")]
    public static partial void ShortName(ILogger log, string helloName);

    [LoggerMessage(110, LogLevel.Information, "{Id}: attempt {Attempt} {Settlement} in {Milliseconds:F0} ms")]
    public static partial void Settled(ILogger log, string id, int attempt, string settlement, double milliseconds);

    [LoggerMessage(111, LogLevel.Information, "{Id}: {Recipients} deferred by {Host}: {Status}")]
    public static partial void Deferred(ILogger log, string id, string recipients, string? host, string status);

    [LoggerMessage(112, LogLevel.Warning, "{Id}: {Recipients} failed permanently by {Host}: {Status} ({Expired} expired, {Unreported} unreported); 'slimta show' has each reply")]
    public static partial void Failed(ILogger log, string id, string recipients, string host, string status, int expired, int unreported);

    [LoggerMessage(113, LogLevel.Warning, "{Id}: sent to {Host} for {Recipients}, and no reply came; whether it arrived is unknown")]
    public static partial void Unknown(ILogger log, string id, string? host, string recipients);

    [LoggerMessage(114, LogLevel.Warning, "{Id}: held: {Reason}")]
    public static partial void Held(ILogger log, string id, string reason);

    [LoggerMessage(123, LogLevel.Warning, "{Id}: {Recipients} dropped by rule {Rule}: {Words}")]
    public static partial void Dropped(ILogger log, string id, string recipients, string rule, string words);

    [LoggerMessage(115, LogLevel.Error, "{Id}: lease lost before the attempt was settled; the message may be delivered again")]
    public static partial void Lost(ILogger log, string id);

    [LoggerMessage(116, LogLevel.Error, "{Id}: the attempt could not be settled; recipients that have the message may get it again")]
    public static partial void Unsettled(ILogger log, string id);

    [LoggerMessage(117, LogLevel.Error, "{Id}: the attempt broke off on a defect of ours; message held")]
    public static partial void Broke(ILogger log, string id, Exception error);

    [LoggerMessage(119, LogLevel.Error, "{Id}: delivery to {Recipients} broke off on a defect of ours; the relay will try again")]
    public static partial void DeliveryFailed(ILogger log, string id, string recipients, Exception error);

    [LoggerMessage(118, LogLevel.Warning, "{Id}: the queue has no room for the report to its sender, so the message stays for now: {Reason}")]
    public static partial void NoRoomForReport(ILogger log, string id, string reason);

    [LoggerMessage(140, LogLevel.Warning, "{Id}: removed, because no operator decided in time; held since {Since:u}; {Told}. Reason for the hold: {Reason}")]
    public static partial void HeldEnded(ILogger log, string id, DateTimeOffset since, string told, string reason);

    [LoggerMessage(141, LogLevel.Error, "A message held for too long could not be ended; trying again in a minute: {Reason}")]
    public static partial void HeldNotEnded(ILogger log, string reason);

    [LoggerMessage(142, LogLevel.Error, "{Id}: held, because the attempt could not be settled: {Reason}")]
    public static partial void HeldInstead(ILogger log, string id, string reason);

    [LoggerMessage(120, LogLevel.Error, "The queue cannot be written; no delivery begins until it can: {Reason}")]
    public static partial void QueueAway(ILogger log, string reason);

    [LoggerMessage(121, LogLevel.Information, "The queue can be written again")]
    public static partial void QueueBack(ILogger log);

    [LoggerMessage(122, LogLevel.Warning, "{Id}: recipients that have it could not be marked early: {Reason}")]
    public static partial void NotMarked(ILogger log, string id, string reason);

    [LoggerMessage(124, LogLevel.Warning, "Operators cannot see what this relay is doing; delivery goes on: {Reason}")]
    public static partial void StateNotTold(ILogger log, string reason);

    [LoggerMessage(130, LogLevel.Error, "The configured next hop {Host} cannot be resolved; check Relay:Smarthost and Relay:Routes: {Reason}")]
    public static partial void Unresolvable(ILogger log, string host, string reason);

    [LoggerMessage(131, LogLevel.Error, "The next hop {Host} refuses the login; check its user and password: {Reason}")]
    public static partial void LoginFailed(ILogger log, string host, string reason);

    [LoggerMessage(134, LogLevel.Error, "The next hop {Host} gets no mail, because TLS is required there: {Reason}")]
    public static partial void NotSecure(ILogger log, string host, string reason);

    [LoggerMessage(135, LogLevel.Warning, "Held messages do not end by their age: the queue has no IQueueOperator. Register one, or use AddMailQueue")]
    public static partial void HeldDoNotEnd(ILogger log);

    [LoggerMessage(132, LogLevel.Warning, "{Route} ({Host}) is not protected: {Why}")]
    public static partial void Unprotected(ILogger log, string route, string host, string why);

    [LoggerMessage(133, LogLevel.Information, "{Route} ({Host}) is not protected: {Why}")]
    public static partial void Opportunistic(ILogger log, string route, string host, string why);
}

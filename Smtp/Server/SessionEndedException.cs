namespace Slimta.Smtp.Server;

/// <summary>The session cannot go on: the client is gone, too slow, not one we talk to, or the server stops.</summary>
/// <param name="reason">A word for the log and the metrics.</param>
/// <param name="farewell">The last reply, if the client is to get one.</param>
internal sealed class SessionEndedException(string reason, SmtpReply? farewell = null) : Exception(reason)
{
    public string Reason { get; } = reason;
    public SmtpReply? Farewell { get; } = farewell;
}

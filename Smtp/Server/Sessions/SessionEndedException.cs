namespace Slimta.Smtp.Server;

/// <summary>The session cannot go on: the client is gone, too slow, not one we talk to, or the server stops.</summary>
/// <param name="farewell">The last reply, if the client is to get one.</param>
internal sealed class SessionEndedException(SmtpSessionEndReason reason, SmtpReply? farewell = null) : Exception(reason.Name())
{
    public SmtpSessionEndReason Reason { get; } = reason;
    public SmtpReply? Farewell { get; } = farewell;

    /// <summary>The farewell refuses a message that was being received.</summary>
    public bool RefusesMessage { get; init; }
}

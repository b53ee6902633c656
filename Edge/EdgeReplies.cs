using Slimta.Smtp;
using Slimta.Storage;

namespace Slimta.Edge;

/// <summary>What the edge tells clients, in words that say nothing about the inside.</summary>
internal static class EdgeReplies
{
    public static readonly SmtpReply RelayDenied = new(550, "5.7.1", "Not allowed to send to this recipient from here");
    public static readonly SmtpReply Looping = new(554, "5.4.6", "Too many hops; this message is looping");
    public static readonly SmtpReply HeaderTooLarge = new(552, "5.3.4", "The message's header is too large");
    public static readonly SmtpReply TooLarge = new(552, "5.3.4", "Message too large");
    public static readonly SmtpReply Full = new(452, "4.3.1", "The queue takes no mail at the moment; try again later");
    public static readonly SmtpReply Busy = new(421, "4.3.2", "Too much mail is on its way in at the moment; try again later");
    public static readonly SmtpReply Unavailable = new(451, "4.3.0", "The queue cannot be reached; try again later");

    public static readonly SmtpReply Misconfigured = new(451, "4.3.5", "The queue is not fit to take mail at the moment; try again later");

    public static SmtpReply Queued(string id) => new(250, "2.6.0", $"{id} queued");

    public static SmtpReply For(QueueException error) => error switch
    {
        MessageTooLargeException => TooLarge,
        QueueFullException => Full,
        UnsafeServerException or QueueFormatException => Misconfigured,
        _ => Unavailable,
    };
}

using Slimta.Smtp;
using Slimta.Smtp.Client;
using Slimta.Storage;

namespace Slimta.Relay.Delivery;

/// <summary>From what happened in a session to results, with the status code that fits (RFC 3463).</summary>
internal static class RecipientResults
{
    public static RecipientResult From(Recipient recipient, RecipientReply reply, SmtpConnection server) =>
        new(recipient, Of(reply.Outcome))
        {
            Reply = reply.Reply,
            Problem = reply.Problem,
            Status = Status(Of(reply.Outcome), reply.Reply, reply.Stage),
            Host = server.Target.Host,
            Address = server.Target.AddressText,
            Tls = server.Tls,
            DsnPassedOn = server.Capabilities.Dsn,
        };

    /// <summary>No server of the destination gave us a session.</summary>
    public static RecipientResult From(Recipient recipient, SmtpSessionException failure)
    {
        var outcome = failure.Cancelled ? DeliveryOutcome.NotSent : IsForGood(failure) ? DeliveryOutcome.Permanent : DeliveryOutcome.Transient;
        return new(recipient, outcome)
        {
            Reply = failure.Reply,
            Problem = failure.Message,
            Host = failure.Target?.Host,
            Address = failure.Target?.Address.ToString(),
            Status = outcome == DeliveryOutcome.Permanent ? failure.Reply!.EnhancedCode ?? "5.3.2" : failure.Status ?? Status(outcome, null, failure.Stage),
        };
    }

    /// <summary>There is no server to talk to.</summary>
    public static RecipientResult From(Recipient recipient, RoutingFailure failure) => Refused(recipient, failure.Status, failure.Problem);

    /// <summary>For a session that failed.</summary>
    public static string StatusOf(SmtpSessionException failure) => Status(DeliveryOutcome.Transient, null, failure.Stage);

    public static RecipientResult Refused(Recipient recipient, string status, string problem) =>
        new(recipient, status[0] == '5' ? DeliveryOutcome.Permanent : DeliveryOutcome.Transient) { Status = status, Problem = problem };

    public static RecipientResult NotTried(Recipient recipient, string why, TimeSpan? retryAfter = null) =>
        new(recipient, DeliveryOutcome.NotSent) { Status = "4.4.5", Problem = why, RetryAfter = retryAfter };

    /// <summary>Nothing was tried, as the last connections to the destination failed with this.</summary>
    public static RecipientResult LeftAlone(Recipient recipient, RoutingFailure problem) => NotTried(recipient, $"Not tried: the relay leaves this destination alone for a while, as the last connections failed: {problem.Problem}") with
    {
        Status = problem.Status,
        IsLeftAlone = true,
    };

    /// <summary>SMTP's outcome as the queue keeps it.</summary>
    public static DeliveryOutcome Of(TransactionOutcome outcome) => outcome switch
    {
        TransactionOutcome.Delivered => DeliveryOutcome.Delivered,
        TransactionOutcome.Transient => DeliveryOutcome.Transient,
        TransactionOutcome.Permanent => DeliveryOutcome.Permanent,
        TransactionOutcome.Unknown => DeliveryOutcome.Unknown,
        _ => DeliveryOutcome.NotSent,
    };

    /// <summary>In metrics and spans.</summary>
    public static string Name(this DeliveryOutcome outcome) => outcome switch
    {
        DeliveryOutcome.Delivered => "delivered",
        DeliveryOutcome.Transient => "transient",
        DeliveryOutcome.Permanent => "permanent",
        DeliveryOutcome.Unknown => "unknown",
        DeliveryOutcome.Dropped => "dropped",
        _ => "not_sent",
    };

    /// <summary>The indexes of the recipients that have the message.</summary>
    public static List<int> Delivered(IReadOnlyList<RecipientResult> results) =>
        [.. results.Where(result => result.Outcome == DeliveryOutcome.Delivered).Select(result => result.Recipient.Index)];

    /// <summary>
    /// A 5yz reply before MAIL is about the server or about us, not about a mailbox, and is often wrong for an hour:
    /// only "takes no mail at all" (RFC 7504, RFC 7505) and our own refusal to connect are permanent.
    /// </summary>
    private static bool IsForGood(SmtpSessionException failure) =>
        failure.Reply is { } reply && (reply.Code is 521 or 556 || (failure.Stage == SmtpStage.Connect && reply.IsPermanent));

    private static string Status(DeliveryOutcome outcome, SmtpReply? reply, SmtpStage stage) => (outcome, reply) switch
    {
        (_, { EnhancedCode: { } code }) => code,
        (DeliveryOutcome.Delivered, _) => "2.0.0",
        (DeliveryOutcome.Permanent, null) => "5.6.3",
        (DeliveryOutcome.Permanent, _) => "5.0.0",
        (_, not null) => "4.0.0",
        _ => stage switch
        {
            SmtpStage.Connect or SmtpStage.Greeting => "4.4.1",
            SmtpStage.StartTls or SmtpStage.Authenticate => "4.7.0",
            _ => "4.4.2",
        },
    };
}

using System.Diagnostics;
using System.Diagnostics.Metrics;
using Slimta.Smtp;

namespace Slimta.Edge;

/// <summary>The edge's spans and metrics; docs/reference/telemetry.md lists them all.</summary>
public static class EdgeTelemetry
{
    /// <summary>The name of the activity source and of the meter.</summary>
    public const string Name = "Slimta.Edge";

    internal static readonly ActivitySource Source = new(Name);
    internal static readonly Meter Meter = new(Name);

    internal static readonly UpDownCounter<long> Sessions = Meter.CreateUpDownCounter<long>(
        "slimta.edge.sessions", "{session}", "SMTP sessions that are open.");

    internal static readonly Histogram<double> SessionDuration = Meter.CreateHistogram<double>(
        "slimta.edge.session.duration", "s", "Duration of SMTP sessions, by how they ended.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [.005, .01, .025, .05, .1, .25, .5, 1, 5, 30, 60, 300, 1800] });

    private static readonly Counter<long> Accepted = Meter.CreateCounter<long>(
        "slimta.edge.messages.accepted", "{message}", "Messages that are in the queue and were acknowledged.");

    private static readonly Counter<long> Refused = Meter.CreateCounter<long>(
        "slimta.edge.refused", "{refusal}", "Connections, commands, recipients and messages refused, by reply code and status.");

    private static readonly Counter<long> Withdrawals = Meter.CreateCounter<long>(
        "slimta.edge.withdrawals", "{message}", "Messages whose write may have succeeded after their clients were told to come back, by slimta.withdrawal: withdrawn, absent, duplicate.");

    internal static void CountRefusal(SmtpReply reply, string protocol) => Refused.Add(1,
        new("network.protocol.name", protocol),
        new("slimta.smtp.reply.code", reply.Code),
        new("slimta.smtp.reply.status", reply.EnhancedCode));

    /// <summary>By the reply that SMTP has for it, in every protocol.</summary>
    internal static void Count(SubmissionResult result, string protocol)
    {
        if (result.Id is not null)
            Accepted.Add(1, new KeyValuePair<string, object?>("network.protocol.name", protocol));
        else
            CountRefusal(SubmissionReplies.Of(result), protocol);
    }

    internal static void CountWithdrawal(string withdrawal) => Withdrawals.Add(1, new KeyValuePair<string, object?>("slimta.withdrawal", withdrawal));
}

using System.Text;
using Slimta.Smtp;
using Slimta.Smtp.Client;

namespace Slimta.Relay.Bounces;

/// <summary>The part of a report that a person reads.</summary>
internal static class ReportText
{
    public static string Subject(Report report) => Worst(report) switch
    {
        ReportAction.Failed or ReportAction.Expired => "Undelivered: your message could not be delivered",
        ReportAction.Delayed => "Delayed: your message is not delivered yet",
        _ => "Passed on: your message was handed to a server that does not report delivery",
    };

    public static string Body(Report report, bool isWhole)
    {
        var text = new StringBuilder();
        text.Append($"This is the mail system at {report.ReportingMta}.\r\n");
        Section(text, report, [ReportAction.Failed, ReportAction.Expired],
            "Your message could not be delivered to the following recipients, and will not be tried again:");
        Section(text, report, [ReportAction.Delayed], Delay(report));
        Section(text, report, [ReportAction.Relayed],
            "Your message was passed on for the following recipients, to a server that does not report delivery:");
        if (report.Unnamed > 0)
            text.Append($"\r\nand {report.Unnamed} more.\r\n");
        text.Append($"\r\nA report for mail programs and {(isWhole ? "your message are" : "the header of your message are")} attached.\r\n");
        return text.ToString();
    }

    private static string Delay(Report report)
    {
        var until = report.RetryUntil is { } time ? $" It will be tried until {time.ToUniversalTime():ddd, d MMM yyyy HH:mm} UTC;" : "";
        return $"Your message could not be delivered yet to the following recipients.{until} you need not send it again:";
    }

    private static void Section(StringBuilder text, Report report, ReportAction[] told, string introduction)
    {
        var recipients = report.Recipients.Where(recipient => recipient.Told is { } action && told.Contains(action)).ToArray();
        if (recipients.Length == 0)
            return;
        text.Append("\r\n").Append(introduction).Append("\r\n");
        foreach (var recipient in recipients)
        {
            text.Append($"\r\n  {Printable.Text(recipient.Recipient.Address)}\r\n");
            var who = recipient.Reply is not null && recipient.Told != ReportAction.Expired ? $"{recipient.Host ?? "The server"} said: " : "";
            foreach (var line in (who + report.Diagnostic(recipient)).Split('\n'))
                text.Append("    ").Append(ReplyText.Cut(line, 900)).Append("\r\n");
        }
    }

    private static ReportAction? Worst(Report report) => report.Recipients.Min(recipient => recipient.Told);
}

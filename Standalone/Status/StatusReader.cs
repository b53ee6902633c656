using Slimta.Mailbox;
using Slimta.Smtp;
using Slimta.Storage;

namespace Slimta.Standalone;

/// <summary>Reads the page's data from the services of this process.</summary>
internal sealed class StatusReader(
    Roles roles, IQueueOperator? queue = null, GarnetGuard? guard = null, DeliveryLog? deliveries = null, MailboxStore? mailbox = null,
    IQueueRules? rules = null)
{
    private const int Most = 50;

    public async Task<StatusReport> ReadAsync(CancellationToken cancellationToken)
    {
        var problem = guard?.Problem;
        QueueReport? counts = null;
        List<WaitingLine>? waiting = null;
        List<string>? pauses = null;
        try
        {
            (counts, waiting) = queue is null ? default : (await CountAsync(queue, cancellationToken), await WaitingAsync(queue, cancellationToken));
            pauses = rules is null ? null : [.. (await rules.ReadAsync(cancellationToken)).Rules.Where(rule => rule.Action == RuleAction.Pause).Select(rule => Shown($"{rule}")!)];
        }
        catch (QueueException away)
        {
            problem ??= away.Message;
        }
        return new(ProductVersion.Text, $"{roles}", problem, counts, waiting, deliveries is null ? null : [.. deliveries.List().Take(Most)], mailbox is null ? null : Mailbox(mailbox), pauses);
    }

    private static async Task<QueueReport> CountAsync(IQueueOperator queue, CancellationToken cancellationToken)
    {
        var counts = await queue.CountAsync(cancellationToken);
        return new(counts.Due, counts.Scheduled, counts.Leased, counts.Held, counts.Bytes);
    }

    private static async Task<List<WaitingLine>> WaitingAsync(IQueueOperator queue, CancellationToken cancellationToken)
    {
        var lines = new List<WaitingLine>();
        await foreach (var entry in queue.BrowseAsync(cancellationToken: cancellationToken))
        {
            lines.Add(new(entry.Id, $"{entry.State}", entry.Timestamp, Shown(entry.Message?.Sender), Listed(entry.Message?.Recipients.Select(r => r.Address)),
                entry.Message?.Attempts, Shown(entry.HoldReason ?? entry.Problem), entry.Message?.TraceId));
            if (lines.Count == Most)
                break;
        }
        return lines;
    }

    private static MailboxReport Mailbox(MailboxStore mailbox) =>
        new(mailbox.Total, [.. mailbox.List().Take(Most).Select(message =>
            new ReceivedLine(message.Id, message.Received, Shown(message.Sender)!, Listed(message.Recipients)!, message.ReadSubject(), message.Content.Length))]);

    private static string? Listed(IEnumerable<string>? addresses)
    {
        const int Named = 3;
        if (addresses?.ToList() is not { } all)
            return null;
        return Shown(all.Count <= Named ? string.Join(", ", all) : $"{string.Join(", ", all.Take(Named))} and {all.Count - Named} more");
    }

    private static string? Shown(string? text) => text is null ? null : Printable.Text(text);
}

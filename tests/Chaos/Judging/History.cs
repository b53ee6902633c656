using System.Text;
using System.Text.RegularExpressions;

namespace Slimta.Chaos.Judging;

/// <summary>Everything that was seen of a message, in order.</summary>
internal static partial class History
{
    private const int MostLines = 400;

    public static string Of(Journal journal, Evidence evidence, string token)
    {
        var events = new List<(long At, string Text)>();
        var ids = new HashSet<string>();
        foreach (var sent in journal.Sent.Where(sent => sent.Token == token))
        {
            events.Add((sent.At, $"sender   begins at {sent.Edge}{(sent.ByHttp ? $" by HTTP, {sent.Tries} tries" : "")}: {sent.Length} bytes to {string.Join(", ", sent.Recipients)}"));
            events.Add((sent.Acknowledged ?? sent.At, $"sender   has \"{sent.Reply}\" for {sent.Accepted.Count} recipients"));
            if (sent.Id is not null)
                ids.Add(sent.Id);
        }
        // Of a key that was left over.
        ids.UnionWith(Id().Matches(token).Select(id => id.Value));
        ids.UnionWith(evidence.ArrivalsOf(token).Where(arrival => !arrival.IsReport).Select(arrival => arrival.Id));
        ids.UnionWith(journal.Ended.Where(ended => ended.Token == token).Select(ended => ended.Id));
        // The reports about it are messages of their own.
        foreach (var call in journal.Calls.Where(call => call.Step == "bounce" && ids.Contains(call.Ids[0])).ToList())
            ids.UnionWith(call.Ids);
        foreach (var call in journal.Calls.Where(call => call.Ids.Any(ids.Contains)))
            events.Add((call.At, $"queue    {call.Link} {call.Step} {string.Join(' ', call.Ids.Where(ids.Contains))}: {call.Reply}{Took(call)}"));
        foreach (var arrival in evidence.ArrivalsOf(token))
        {
            if (evidence.TransferOf(arrival) is { } transfer)
                events.Add((transfer.Dot, $"link     {transfer.Link} port {transfer.Port}: dot; reply \"{transfer.Reply}\" {(transfer.Replied is { } at ? $"handed on at {Clock.Text(at)}" : "never handed on")}"));
            events.Add((arrival.At, $"sink     from {arrival.Relay} port {arrival.Port}, {(arrival.IsReport ? $"report {arrival.MessageId} on {string.Join(", ", arrival.Failed)}" : $"hash {arrival.Hash[..8]}")} for {string.Join(", ", arrival.Recipients)}: {arrival.Reply}"));
        }
        foreach (var line in journal.Lines.Where(line => ids.Any(id => line.Text.Contains(id, StringComparison.Ordinal))))
            events.Add((line.At, $"log      {line.Who}: {line.Text}"));
        var (begin, end) = (events.Count == 0 ? 0 : events.Min(e => e.At) - Clock.Seconds(5), events.Count == 0 ? 0 : events.Max(e => e.At) + Clock.Seconds(5));
        foreach (var fault in journal.Faults.Where(fault => fault.Begin < end && fault.End > begin))
            events.Add((fault.Begin, $"fault    {fault.Name} on {fault.Target} until {Clock.Text(fault.End)} ({fault.What})"));

        var text = new StringBuilder($"message {token}, ids {string.Join(' ', ids)}\n");
        foreach (var (at, line) in events.OrderBy(e => e.At).Take(MostLines))
            text.Append("    ").Append(Clock.Text(at)).Append("  ").Append(line).Append('\n');
        return text.ToString();
    }

    [GeneratedRegex("[0-9]+-[0-9a-z]{26}", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Id();

    private static string Took(QueueCall call) => call.Answered is { } answered ? $" ({(answered - call.At) / 1000.0:F1} ms)" : "";
}

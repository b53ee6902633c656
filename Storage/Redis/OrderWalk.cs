namespace Slimta.Storage.Redis;

/// <summary>Does an operator's orders: on one message by settle.lua, and so on each that a filter finds.</summary>
internal sealed class OrderWalk(MessageFinder finder, Func<string, OperatorOrder, CancellationToken, Task> order)
{
    private const int PerCall = 1000;
    private const int AtOnce = 32;
    private const int MostFailures = 100;

    public async Task<OrderPage> RunAsync(MessageFilter filter, OperatorOrder what, bool dryRun, string? cursor, CancellationToken cancellationToken)
    {
        var states = what.States.Where(state => filter.State is null || filter.State == state).ToList();
        if (states.Count == 0)
        {
            throw new ArgumentException(
                $"{what.Kind} means nothing for messages that are {filter.State}: the state must be {string.Join(", ", what.States)}, or left out.", nameof(filter));
        }
        var page = await finder.FindAsync(filter, states, PerCall, cursor, $"{what.Kind} {what.Text} {what.Due.ToArgument()} {dryRun}", cancellationToken);
        var delivering = page.Messages.Count(message => message.State == MessageState.Leased);
        var wanted = page.Messages.Where(message => message.State != MessageState.Leased && !what.IsDone(message)).ToList();
        if (dryRun)
            return new(wanted.Count, delivering, [], page.Cursor);

        var (done, failed, problem) = (0, new List<(string, string)>(), (string?)null);
        foreach (var some in wanted.Chunk(AtOnce))
        {
            var outcomes = await Task.WhenAll(some.Select(message => TryAsync(message.Id, what, cancellationToken)));
            for (var i = 0; i < some.Length; i++)
            {
                switch (outcomes[i])
                {
                    case null:
                        done++;
                        break;
                    case MessageNotFoundException:
                        // It ended meanwhile.
                        break;
                    case MessageLeasedException:
                        delivering++;
                        break;
                    case QueueUnavailableException or QueueAccessException or QueueFullException:
                        problem ??= outcomes[i]!.Message;
                        break;
                    default:
                        if (failed.Count < MostFailures)
                            failed.Add((some[i].Id, outcomes[i]!.Message));
                        break;
                }
            }
            if (problem is not null)
                return new(done, delivering, failed, cursor, problem);
        }
        return new(done, delivering, failed, page.Cursor);
    }

    private async Task<QueueException?> TryAsync(string id, OperatorOrder what, CancellationToken cancellationToken)
    {
        try
        {
            await order(id, what, cancellationToken);
            return null;
        }
        catch (QueueException failed)
        {
            return failed;
        }
    }
}

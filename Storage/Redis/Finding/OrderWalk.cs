namespace Slimta.Storage.Redis;

/// <summary>Carries out an operator's orders by settle.lua: on one message, or on each that a filter finds.</summary>
internal sealed class OrderWalk(MessageFinder finder, Func<string, OperatorOrder, CancellationToken, Task> order)
{
    private const int PerCall = 1000;
    private const int AtOnce = 32;

    public async Task<OrderPage> RunAsync(MessageFilter filter, OperatorOrder what, bool dryRun, string? cursor, CancellationToken cancellationToken)
    {
        var states = what.StatesOf(filter);
        var page = await finder.FindAsync(filter, states, PerCall, cursor, $"{what.Kind} {what.Text} {what.Due.ToArgument()} {dryRun}", cancellationToken);
        var delivering = page.Messages.Count(message => message.State == MessageState.Leased);
        var wanted = page.Messages.Where(message => message.State != MessageState.Leased && !what.IsDone(message)).ToList();
        if (dryRun)
            return new(wanted.Count, delivering, [], page.Cursor, Examined: page.Examined);

        var (done, failed, problem) = (0, new List<OrderFailure>(), (string?)null);
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
                    case MessageNotFoundException or MessageHeldException:
                        // It ended meanwhile, is in no state for the order any more, or the job has done it before.
                        break;
                    case MessageLeasedException:
                        delivering++;
                        break;
                    case QueueUnavailableException or QueueAccessException or QueueFullException:
                        problem ??= outcomes[i]!.Message;
                        break;
                    default:
                        failed.Add(new(some[i].Id, outcomes[i]!.Message));
                        break;
                }
            }
            if (problem is not null)
                return new(done, delivering, failed, cursor, problem);
        }
        return new(done, delivering, failed, page.Cursor, Examined: page.Examined);
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

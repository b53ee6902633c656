namespace Slimta.Storage.Redis;

/// <summary>
/// New messages that a change of another message writes: content that is too large to be inline is staged first, in that message's partition,
/// and the change makes it permanent. Reports are written even when the queue is full, so the queue's limits do not apply.
/// </summary>
internal sealed class LargeNewMessages(RedisStorage storage, QueueServer server)
{
    public async Task<T> WithStagedAsync<T>(
        string beside, IReadOnlyList<NewMessage> messages, Func<IReadOnlyList<NewMessage>, Task<T>> change, CancellationToken cancellationToken)
    {
        if (!messages.Any(IsLarge))
            return await change(messages);
        var partition = server.PartitionOf(beside);
        var writers = new List<StagedMessageWriter>();
        try
        {
            var staged = new List<NewMessage>(messages.Count);
            foreach (var message in messages)
            {
                if (!IsLarge(message))
                {
                    staged.Add(message);
                    continue;
                }
                var writer = new StagedMessageWriter(storage, server, partition, options: null, mostQueueBytes: 0);
                writers.Add(writer);
                var content = await writer.StageAsync(message.Envelope.Content, cancellationToken);
                staged.Add(message with { Envelope = message.Envelope with { Content = content } });
            }
            var changed = await change(staged);
            writers.ForEach(writer => writer.Written());
            return changed;
        }
        finally
        {
            await Task.WhenAll(writers.Select(writer => writer.DisposeAsync(cancellationToken)));
        }
    }

    private bool IsLarge(NewMessage message) => message.Envelope.Content is { } content && content.Length > server.Options.InlineBytes;
}

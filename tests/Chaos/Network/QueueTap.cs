using System.Collections.Concurrent;
using Slimta.Chaos.Faults;

namespace Slimta.Chaos.Network;

/// <summary>Between an edge or a relay and the queue's server: which step each command is, and what the server answered.</summary>
internal sealed class QueueTap(Link link, Journal journal, PointBook points) : Tap
{
    private readonly RespParser _commands = new();
    private readonly RespParser _replies = new();
    private readonly ConcurrentQueue<QueueCommand> _waiting = new();

    public override async ValueTask<Passage> FromClientAsync(Sending sending)
    {
        foreach (var value in _commands.Feed(sending.Bytes))
        {
            // What subscriptions say is not an answer to anything.
            if (value.Words is [var first, ..] && first.Contains("SUBSCRIBE", StringComparison.OrdinalIgnoreCase))
                continue;
            var command = QueueCommand.Of(value.Words);
            _waiting.Enqueue(command);
            if (command.Step != QueueCommand.Other && await points.ReachedAsync(link, command, Moment.Asked) is var passage and not Passage.Pass)
                return passage;
        }
        return Passage.Pass;
    }

    public override async ValueTask<Passage> FromServerAsync(Sending sending)
    {
        foreach (var value in _replies.Feed(sending.Bytes))
        {
            if (IsPushed(value) || !_waiting.TryDequeue(out var command) || command.Step == QueueCommand.Other)
                continue;
            foreach (var call in Calls(command, value))
                journal.Calls.Enqueue(call);
            if (await points.ReachedAsync(link, command, Moment.Answered) is var passage and not Passage.Pass)
                return passage;
        }
        return Passage.Pass;
    }

    public override void Ended()
    {
        while (_waiting.TryDequeue(out var command))
        {
            if (command.Step != QueueCommand.Other)
                journal.Calls.Enqueue(new(command.At, null, link.Name, command.Step, command.Ids, command.Marks, "no answer"));
        }
    }

    /// <summary>Of a call for several messages each has its own reply; an error is everybody's.</summary>
    private IEnumerable<QueueCall> Calls(QueueCommand command, RespValue value) =>
        command.WordsPerReply > 0 && value.Words.Count == command.Ids.Count * command.WordsPerReply
            ? command.Ids.Zip(value.Words.Chunk(command.WordsPerReply), (id, words) => Call(command with { Ids = [id] }, new RespValue(value.Type, words)))
            : [Call(command, value)];

    private QueueCall Call(QueueCommand command, RespValue value)
    {
        const int Header = 5;
        const int PerMessage = 4;
        var (words, ids) = (value.Words, command.Ids);
        // {now, next, partitions, suspects, generation, then for each message: id, token, due, strikes}
        if (command.Step == "claim" && words.Count > Header)
            ids = [.. words.Skip(Header).Where((_, i) => i % PerMessage == 0)];
        var reply = command.Step.StartsWith(QueueCommand.Fetch, StringComparison.Ordinal)
            ? words is [{ Length: > 0 }, ..] ? "found" : "nothing"
            : string.Join(' ', words.Take(command.Step == "claim" ? 1 : 4));
        return new(command.At, Clock.Now, link.Name, command.Step, ids, command.Marks, reply);
    }

    private static bool IsPushed(RespValue value) => value.Type == '>'
        || (value.Type == '*' && value.Words is ["subscribe" or "unsubscribe" or "message", ..]);
}

using Slimta.Storage;

namespace Slimta.Relay.Attempts;

/// <summary>The operators' rules as the relay uses them.</summary>
internal sealed class RuleSource(IQueueRules? rules)
{
    public RuleSet Current => rules?.Current ?? RuleSet.Empty;

    /// <summary>Before the message goes back: by this note it is due at once when the pause ends. Without it, it comes at its time.</summary>
    public Task ParkAsync(string id, IReadOnlyCollection<string> pauses) => pauses.Count == 0 ? Task.CompletedTask : TryAsync(() => rules!.ParkAsync(id, pauses));

    /// <summary>After that: the pause may have ended in between.</summary>
    public Task RecheckAsync(string id, IReadOnlyCollection<string> pauses) => pauses.Count == 0 ? Task.CompletedTask : TryAsync(() => rules!.RecheckAsync(id, pauses));

    private static async Task TryAsync(Func<Task> note)
    {
        try
        {
            await note();
        }
        catch (QueueException)
        {
            // That the queue is away is told elsewhere.
        }
    }
}

using Slimta.Storage;

namespace Slimta.Relay.Attempts;

/// <summary>The operators' rules as the relay uses them.</summary>
internal sealed class RuleSource(IQueueRules? rules)
{
    public RuleSet Current => rules?.Current ?? RuleSet.Empty;

    /// <summary>Before the message goes back: by this note it is due at once when the pause ends.</summary>
    /// <returns>False: it was not written, and the message comes at its time alone.</returns>
    public async ValueTask<bool> ParkAsync(string id, IReadOnlyCollection<string> pauses) => pauses.Count == 0 || await TryAsync(() => rules!.ParkAsync(id, pauses));

    /// <summary>After that: the pause may have ended in between.</summary>
    public Task RecheckAsync(string id, IReadOnlyCollection<string> pauses) => pauses.Count == 0 ? Task.CompletedTask : TryAsync(() => rules!.RecheckAsync(id, pauses));

    private static async Task<bool> TryAsync(Func<Task> note)
    {
        try
        {
            await note();
            return true;
        }
        catch (QueueException)
        {
            // Other code reports that the queue is away.
            return false;
        }
    }
}

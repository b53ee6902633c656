namespace Slimta.Storage;

/// <summary>
/// Rules at run time, shared by all who use the queue. They are kept as durably as mail. A process that takes messages out of the queue
/// learns of a change within seconds; one that asks gets the rules in force now.
/// </summary>
public interface IQueueRules
{
    /// <summary>The most rules at once.</summary>
    const int Most = 1000;

    /// <summary>A message that waits for a pause to end comes up again after this long at the latest, and is judged again.</summary>
    static TimeSpan LongestWait { get; } = TimeSpan.FromHours(1);

    /// <summary>As last read, with no round trip; empty where this process takes no messages.</summary>
    RuleSet Current { get; }

    /// <summary>The rules in force now.</summary>
    /// <exception cref="QueueException"/>
    Task<RuleSet> ReadAsync(CancellationToken cancellationToken = default);

    /// <summary>Sets a rule.</summary>
    /// <returns>The rule with its id.</returns>
    /// <exception cref="ArgumentException">Its domain, or its sender's domain, is not valid; or its author or reason is empty.</exception>
    /// <exception cref="TooManyRulesException"/>
    /// <exception cref="QueueException"/>
    Task<QueueRule> AddAsync(QueueRule rule, CancellationToken cancellationToken = default);

    /// <summary>
    /// Ends a rule; if it is a pause, makes the messages that waited for its end due now. A crash in between leaves that to the next process
    /// that takes messages; so does a relay that is just putting a message off.
    /// </summary>
    /// <returns>The rule as it was.</returns>
    /// <exception cref="RuleNotFoundException"/>
    /// <exception cref="QueueException"/>
    Task<QueueRule> RemoveAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>
    /// Before a leased message goes back into the schedule: notes that it waits for the end of these pauses, which then makes it due at
    /// once. Where this throws, put the message off for a short time: without the note it comes at its time alone.
    /// </summary>
    Task ParkAsync(string id, IReadOnlyCollection<string> rules, CancellationToken cancellationToken = default);

    /// <summary>After that: if one of the pauses has ended meanwhile, makes the message due now.</summary>
    Task RecheckAsync(string id, IReadOnlyCollection<string> rules, CancellationToken cancellationToken = default);
}

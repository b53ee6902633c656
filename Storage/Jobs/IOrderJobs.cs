namespace Slimta.Storage;

/// <summary>
/// Orders on all messages that match, as jobs of the queue. A job is kept as durably as mail and outlives the process that does it:
/// where that goes away, another takes it and goes on. What a job has done with a message it does not do again, and its count grows in
/// the step that changes the message, so that it is right after a crash at any instant.
/// </summary>
public interface IOrderJobs
{
    /// <summary>Jobs that may run at once.</summary>
    const int MostRunning = 20;

    /// <summary>Jobs that are kept after their end: the last ones, for <see cref="EndedStay"/> at most.</summary>
    const int MostEnded = 100;

    static TimeSpan EndedStay { get; } = TimeSpan.FromDays(1);

    /// <summary>Starts a job; a process that takes jobs does it.</summary>
    /// <param name="author">Who orders it.</param>
    /// <exception cref="ArgumentException">The filter's state is none in which the order means something.</exception>
    /// <exception cref="TooManyJobsException"/>
    /// <exception cref="QueueException"/>
    Task<OrderJob> StartAsync(MessageFilter filter, OperatorOrder order, string author, CancellationToken cancellationToken = default);

    /// <summary>The jobs that run and those that have ended lately, those first that were started last.</summary>
    /// <exception cref="QueueException"/>
    Task<IReadOnlyList<OrderJob>> ListAsync(CancellationToken cancellationToken = default);

    /// <exception cref="JobNotFoundException"/>
    /// <exception cref="QueueException"/>
    Task<OrderJob> FindAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>
    /// Asks a job to stop. It does before its next thousand messages, and says how far it got; what it has done stays.
    /// </summary>
    /// <exception cref="JobNotFoundException"/>
    /// <exception cref="JobEndedException"/>
    /// <exception cref="QueueException"/>
    Task<OrderJob> CancelAsync(string id, string author, CancellationToken cancellationToken = default);

    /// <summary>For a process that does jobs: the next one that no other is doing; null if there is none.</summary>
    /// <exception cref="QueueException"/>
    Task<IOrderJobRun?> TakeAsync(CancellationToken cancellationToken = default);
}

namespace Slimta.Storage;

/// <summary>
/// Orders on all messages that match, as jobs of the queue. A job is kept as durably as mail and outlives the process that runs it: if that
/// process goes away, another takes the job and goes on. A job changes a message only once, and its count grows in the step that changes the
/// message, so that the count is right after a crash at any instant.
/// </summary>
public interface IOrderJobs
{
    /// <summary>Jobs that may run at once.</summary>
    const int MostRunning = 20;

    /// <summary>Jobs that are kept after their end: the last ones, for <see cref="EndedStay"/> at most.</summary>
    const int MostEnded = 100;

    static TimeSpan EndedStay { get; } = TimeSpan.FromDays(1);

    /// <summary>Starts a job; a process that takes jobs runs it.</summary>
    /// <param name="author">Who orders it.</param>
    /// <exception cref="ArgumentException">The order does not apply to the filter's state.</exception>
    /// <exception cref="TooManyJobsException"/>
    /// <exception cref="QueueException"/>
    Task<OrderJob> StartAsync(MessageFilter filter, OperatorOrder order, string author, CancellationToken cancellationToken = default);

    /// <summary>The jobs that run and those that ended recently, the last started first.</summary>
    /// <exception cref="QueueException"/>
    Task<IReadOnlyList<OrderJob>> ListAsync(CancellationToken cancellationToken = default);

    /// <exception cref="JobNotFoundException"/>
    /// <exception cref="QueueException"/>
    Task<OrderJob> FindAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>
    /// Asks a job to stop. The job stops before its next thousand messages, and says how far it got; its changes stay.
    /// </summary>
    /// <exception cref="JobNotFoundException"/>
    /// <exception cref="JobEndedException"/>
    /// <exception cref="QueueException"/>
    Task<OrderJob> CancelAsync(string id, string author, CancellationToken cancellationToken = default);

    /// <summary>For a process that runs jobs: the next job that no other process runs; null if there is none.</summary>
    /// <exception cref="QueueException"/>
    Task<IOrderJobRun?> TakeAsync(CancellationToken cancellationToken = default);
}

namespace Slimta.Storage;

/// <summary>
/// This process's hold on a job that it runs: ends after <see cref="QueueOptions.HeartbeatTimeout"/> without a sign of life. Disposing it frees
/// the job for others.
/// </summary>
public interface IOrderJobRun : IAsyncDisposable
{
    /// <summary>The job as it was last saved.</summary>
    OrderJob Job { get; }

    /// <summary>
    /// Processes the next thousand messages, and saves the job's progress; does nothing once the job has ended. Where
    /// <see cref="OrderJob.Problem"/> says why the job could not go on, call this again after a while.
    /// </summary>
    /// <exception cref="JobLostException">Another process runs the job: this one was silent for too long.</exception>
    /// <exception cref="QueueException">The queue is away; call it again.</exception>
    Task StepAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Call it after the last step, once the job's end is reported. A crash before that hands the ended job to another process, which reports
    /// it again.
    /// </summary>
    /// <exception cref="JobLostException"/>
    /// <exception cref="QueueException"/>
    Task EndAsync(CancellationToken cancellationToken = default);
}

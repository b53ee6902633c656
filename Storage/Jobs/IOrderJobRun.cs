namespace Slimta.Storage;

/// <summary>
/// A job in the hand of the process that does it, for <see cref="QueueOptions.HeartbeatTimeout"/> without a sign of life. Disposing it
/// gives it back to others.
/// </summary>
public interface IOrderJobRun : IAsyncDisposable
{
    /// <summary>As it was last saved.</summary>
    OrderJob Job { get; }

    /// <summary>
    /// Does the next thousand messages, and saves how far the job is. Nothing more is done once it has ended. Where
    /// <see cref="OrderJob.Problem"/> says why it could not go on, call it again after a while.
    /// </summary>
    /// <exception cref="JobLostException">Another process does the job: this one was silent for too long.</exception>
    /// <exception cref="QueueException">The queue is away; call it again.</exception>
    Task StepAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// After the last step, once what became of the job is told. A crash before that hands it, as ended, to another process, which
    /// tells it again.
    /// </summary>
    /// <exception cref="JobLostException"/>
    /// <exception cref="QueueException"/>
    Task EndAsync(CancellationToken cancellationToken = default);
}

namespace Slimta.Storage;

/// <summary>The job has ended already.</summary>
public sealed class JobEndedException(OrderJob job)
    : QueueException($"Job '{(job ?? throw new ArgumentNullException(nameof(job))).Id}' has ended: {job.State.ToString().ToLowerInvariant()}, {job.Done} changed.")
{
    public OrderJob Job { get; } = job;
}

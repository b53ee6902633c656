namespace Slimta.Storage;

/// <summary>The queue runs the most jobs that may run at once.</summary>
public sealed class TooManyJobsException(int most) : QueueException($"{most} jobs are running, the most that may run at once. Nothing was changed. Cancel one, or wait until one ends.");

namespace Slimta.Storage;

/// <summary>As many jobs run as may run at once.</summary>
public sealed class TooManyJobsException(int most) : QueueException($"There are {most} jobs, as many as may run at once. Cancel one, or wait; nothing was changed.");

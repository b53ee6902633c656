namespace Slimta.Storage;

/// <summary>Another process runs the job now.</summary>
public sealed class JobLostException(string id) : QueueException($"Another process runs job '{id}' now.");

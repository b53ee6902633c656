namespace Slimta.Storage;

/// <summary>No job has this id: it ended long ago, or never was.</summary>
public sealed class JobNotFoundException(string id) : QueueException($"No job '{id}' is known. Jobs are kept for a day after their end.");

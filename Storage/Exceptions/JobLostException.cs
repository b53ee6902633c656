namespace Slimta.Storage;

/// <summary>Another process does the job now.</summary>
public sealed class JobLostException(string id) : QueueException($"Job '{id}' is done by another process now.");

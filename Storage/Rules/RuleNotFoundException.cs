namespace Slimta.Storage;

/// <summary>No rule has this id: it was removed, has expired, or never was.</summary>
public sealed class RuleNotFoundException(string id) : QueueException($"No rule '{id}' is in force. It may have expired, or been removed.");

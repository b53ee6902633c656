namespace Slimta.Standalone;

/// <summary>What is in the queue's folder is less than, or other than, what was written there. Nothing was changed.</summary>
public sealed class DamagedDataException(string message) : IOException(message);

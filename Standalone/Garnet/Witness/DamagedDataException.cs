namespace Slimta.Standalone;

/// <summary>The data in the queue's folder is less than, or other than, the data written there. Nothing was changed.</summary>
public sealed class DamagedDataException(string message) : IOException(message);

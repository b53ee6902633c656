namespace Slimta.Storage;

/// <summary>A cursor that cannot be read, or that belongs to another filter or order.</summary>
public sealed class InvalidCursorException()
    : ArgumentException("The cursor belongs to another query. Send it with the filter it came with, or omit it to start over.", "cursor");

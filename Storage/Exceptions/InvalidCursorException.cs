namespace Slimta.Storage;

/// <summary>A cursor that cannot be read, or that another filter or order was given.</summary>
public sealed class InvalidCursorException()
    : ArgumentException("The cursor belongs to another query. Send it with the filter it came with, or leave it out to start anew.", "cursor");

namespace Slimta.Storage;

/// <summary>A message that matches and could not be changed, and why.</summary>
public sealed record OrderFailure(string Id, string Problem);

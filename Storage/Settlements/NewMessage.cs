namespace Slimta.Storage;

/// <summary>A message that a settlement writes.</summary>
public sealed record NewMessage(Envelope Envelope, Due Due = default);

namespace Slimta.Storage;

/// <summary>The result of a settlement.</summary>
/// <param name="Attempts">Attempts counted now.</param>
/// <param name="NewIds">The ids of the new messages, in order.</param>
public sealed record Settled(int Attempts, IReadOnlyList<string> NewIds);

namespace Slimta.Storage;

/// <summary>What a settlement left behind.</summary>
/// <param name="Attempts">Attempts counted now.</param>
/// <param name="NewIds">The ids of the new messages, in order.</param>
public sealed record Settled(int Attempts, IReadOnlyList<string> NewIds);

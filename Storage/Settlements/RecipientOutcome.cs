namespace Slimta.Storage;

/// <summary>What an attempt did for one recipient.</summary>
/// <param name="Index">The recipient's position in the original envelope.</param>
public sealed record RecipientOutcome(int Index, DeliveryOutcome Outcome)
{
    /// <summary>The remote server's reply, all lines, or the problem that came before one.</summary>
    public string? Reply { get; init; }

    /// <summary>The host name of the remote server, its address and port, and the TLS protocol used.</summary>
    public string? Host { get; init; }
    public string? Address { get; init; }
    public string? Tls { get; init; }
}

namespace Slimta.Storage;

/// <summary>One forward-path of an envelope.</summary>
/// <param name="Address">The mailbox, without angle brackets.</param>
public sealed record Recipient(string Address)
{
    /// <summary>The position in the original envelope, from 0; set on envelopes that come from the queue.</summary>
    public int Index { get; init; } = -1;

    /// <summary>Parameters of RCPT as the client gave them, keyed by upper-case keyword: NOTIFY, ORCPT.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = EsmtpParameters.None;

    public static implicit operator Recipient(string address) => new(address);
}

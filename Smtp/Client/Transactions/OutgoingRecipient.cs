namespace Slimta.Smtp.Client;

/// <summary>A recipient as the server is to get it.</summary>
/// <param name="Parameters">Those of RCPT as the client gave them; those of DSN are passed on.</param>
internal readonly record struct OutgoingRecipient(string Address, IReadOnlyDictionary<string, string> Parameters)
{
    private static readonly Dictionary<string, string> None = [];

    public static implicit operator OutgoingRecipient(string address) => new(address, None);
}

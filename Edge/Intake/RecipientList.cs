using Slimta.Domains;
using Slimta.Storage;

namespace Slimta.Edge.Intake;

/// <summary>The recipients of an envelope, each once: the same octets of the local part, and the same domain.</summary>
internal sealed class RecipientList
{
    private readonly List<Recipient> _recipients = new(1);
    private HashSet<(string LocalPart, string Domain)>? _known;

    public IReadOnlyList<Recipient> Recipients => _recipients;

    public int Count => _recipients.Count;

    /// <summary>A recipient that is there already keeps what it came with first.</summary>
    public void Add(Recipient recipient)
    {
        if (_recipients.Count > 0)
        {
            _known ??= [Key(_recipients[0].Address)];
            if (!_known.Add(Key(recipient.Address)))
                return;
        }
        _recipients.Add(recipient);
    }

    private static (string, string) Key(string address) =>
        (address[..Math.Max(0, address.LastIndexOf('@'))], DomainName.OfAddress(address));
}

using Slimta.Domains;

namespace Slimta.Storage;

/// <summary>
/// Selects messages for an operator: all conditions must hold, and without any, every message matches. Addresses and domains are compared
/// without regard to case, internationalized domains by their A-labels; of the recipients, those in <see cref="RecipientState"/> count.
/// </summary>
public sealed record MessageFilter
{
    public MessageState? State { get; init; }

    /// <summary>The whole address; "@example.com" for every sender of a domain; "" for the null sender of bounces.</summary>
    public string? Sender { get; init; }

    /// <summary>The whole address.</summary>
    public string? Recipient { get; init; }

    /// <summary>The domain of a recipient; "*.example.com" for the names below it.</summary>
    public string? Domain { get; init; }

    /// <summary>Which recipients <see cref="Recipient"/> and <see cref="Domain"/> look at.</summary>
    public RecipientState RecipientState { get; init; }

    public string? Id { get; init; }

    /// <summary>Received at least this long ago.</summary>
    public TimeSpan? OlderThan { get; init; }

    /// <summary>Received less than this long ago.</summary>
    public TimeSpan? YoungerThan { get; init; }

    /// <summary>Words that all stand in the subject, in any order, also as parts of words.</summary>
    public string? Subject { get; init; }

    /// <summary>The whole Message-ID, with its angle brackets or without.</summary>
    public string? MessageId { get; init; }

    /// <summary>Part of the last attempt's error, for a recipient that still waits.</summary>
    public string? LastError { get; init; }

    /// <summary>True if every message matches.</summary>
    public bool IsEmpty => this with { RecipientState = default } == new MessageFilter();

    /// <summary>True if the message's envelope and age match; the caller checks its state and id.</summary>
    internal bool Matches(MessageMetadata? message, DateTimeOffset now)
    {
        if (Sender is null && Recipient is null && Domain is null && OlderThan is null && YoungerThan is null && Subject is null && MessageId is null && LastError is null)
            return true;
        return message is not null
            && (Sender is not { } sender || IsFrom(message.Sender, sender))
            && (Recipient is null || message.RecipientsIn(RecipientState).Any(r => IsAddress(r.Address, Recipient)))
            && (Domain is null || message.RecipientsIn(RecipientState).Any(r => IsDomain(r.Address, Domain)))
            && (Subject is not { } words || Contains(message.Subject, words))
            && (MessageId is not { } messageId || IsMessageId(message.MessageId, messageId))
            && (LastError is not { } error || message.LastErrors.Any(reply => reply.Contains(error, StringComparison.OrdinalIgnoreCase)))
            && (OlderThan is not { } older || now - message.Received >= older)
            && (YoungerThan is not { } younger || now - message.Received < younger);
    }

    /// <summary>The recipients that <see cref="Recipient"/> or <see cref="Domain"/> finds in a message; none where the filter has neither.</summary>
    public IEnumerable<Recipient> RecipientsOf(MessageMetadata message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return message.RecipientsIn(RecipientState).Where(r =>
            (Recipient is not null && IsAddress(r.Address, Recipient)) || (Domain is not null && IsDomain(r.Address, Domain)));
    }

    /// <summary>The domain of an address as it is compared; "" where it has none.</summary>
    public static string DomainOf(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var at = address.LastIndexOf('@');
        return at < 0 ? "" : Normal(address[(at + 1)..]);
    }

    /// <param name="wanted">An address, or "@" and a domain.</param>
    internal static bool IsFrom(string sender, string wanted) =>
        wanted.StartsWith('@') ? IsDomain(sender, wanted[1..]) : IsAddress(sender, wanted);

    internal static bool IsAddress(string address, string wanted)
    {
        var (one, other) = (address.LastIndexOf('@'), wanted.LastIndexOf('@'));
        return one < 0 || other < 0
            ? address.Equals(wanted, StringComparison.OrdinalIgnoreCase)
            : address.AsSpan(0, one).Equals(wanted.AsSpan(0, other), StringComparison.OrdinalIgnoreCase) && DomainOf(address) == DomainOf(wanted);
    }

    internal static bool IsDomain(string address, string wanted)
    {
        var domain = DomainOf(address);
        return wanted.StartsWith("*.", StringComparison.Ordinal)
            ? domain.EndsWith("." + Normal(wanted[2..]), StringComparison.Ordinal)
            : domain == Normal(wanted);
    }

    internal static bool IsMessageId(string? messageId, string wanted) =>
        string.Equals(messageId, BareMessageId(wanted), StringComparison.OrdinalIgnoreCase);

    internal static string BareMessageId(string wanted) => wanted.Trim().TrimStart('<').TrimEnd('>');

    internal static bool Contains(string? subject, string words) => subject is not null
        && words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).All(word => subject.Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>Text that is no domain is compared as it is.</summary>
    internal static string Normal(string domain) => DomainName.Normalize(domain) ?? domain.ToLowerInvariant();
}

using System.Text;

namespace Slimta.Storage;

/// <summary>Refuses an envelope that no queue may take: it could not be delivered, or would break a protocol further on.</summary>
internal static class EnvelopeCheck
{
    /// <summary>RFC 5321 §4.5.3.1: 64 octets of local part, the @, and 255 of domain.</summary>
    private const int MaxAddressBytes = 320;

    /// <summary>Delays are added to it later; a later time would not fit into a score either.</summary>
    private static readonly DateTimeOffset LastReceived = Microseconds.ToTime(Microseconds.Last);

    /// <exception cref="ArgumentException">Says which part is wrong.</exception>
    public static void ThrowIfBad(Envelope envelope)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        if (ProblemOf(envelope) is { } problem)
            throw new ArgumentException(problem, nameof(envelope));
    }

    /// <summary>Which part is wrong; null if none is.</summary>
    public static string? ProblemOf(Envelope envelope)
    {
        if (envelope.Content is null || envelope.Content == MessageContent.None)
            return "The envelope has no content: set Content, or write it piece by piece with BeginWrite.";
        if (envelope.Recipients is not { Count: > 0 })
            return "An envelope needs at least one recipient.";
        if (envelope.Sender is null)
            return "The sender is null; the null sender is the empty string.";
        if (envelope.Received > LastReceived)
            return $"The time of receipt is after {LastReceived:O}.";
        if (ProblemOf(envelope.Sender, "sender") is { } sender)
            return sender;
        if (ProblemOf(envelope.Parameters, "the envelope") is { } parameters)
            return parameters;
        for (var i = 0; i < envelope.Recipients.Count; i++)
        {
            if (envelope.Recipients[i] is not { Address.Length: > 0 } recipient)
                return $"Recipient {i} is null or empty.";
            if ((ProblemOf(recipient.Address, $"recipient {i}") ?? ProblemOf(recipient.Parameters, $"recipient {i}")) is { } problem)
                return problem;
        }
        return null;
    }

    private static string? ProblemOf(string address, string who)
    {
        // No string has more octets in UTF-8 than three for each of its characters.
        if (address.Length * 3 > MaxAddressBytes && Encoding.UTF8.GetByteCount(address) is > MaxAddressBytes and var bytes)
            return $"The address of {who} has {bytes} bytes; at most {MaxAddressBytes} are allowed (RFC 5321 §4.5.3.1).";
        return BreaksLine(address) ? $"The address of {who} contains CR, LF or NUL." : null;
    }

    private static string? ProblemOf(IReadOnlyDictionary<string, string>? parameters, string who)
    {
        if (parameters is null)
            return $"The parameters of {who} are null.";
        if (parameters.Count == 0)
            return null;
        foreach (var (keyword, value) in parameters)
        {
            if (value is null || BreaksLine(keyword) || BreaksLine(value))
                return $"A parameter of {who} is null or contains CR, LF or NUL.";
        }
        return null;
    }

    private static bool BreaksLine(string text) => text.AsSpan().ContainsAny('\r', '\n', '\0');
}

using Slimta.Storage;

namespace Slimta.Relay.Bounces;

/// <summary>What a recipient's NOTIFY asks for (RFC 3461 §4.1); without one, failures and delays.</summary>
internal static class NotifyParameter
{
    public static bool Failure(Recipient recipient) => Wants(recipient, "FAILURE", otherwise: true);

    public static bool Delay(Recipient recipient) => Wants(recipient, "DELAY", otherwise: true);

    public static bool Success(Recipient recipient) => Wants(recipient, "SUCCESS", otherwise: false);

    private static bool Wants(Recipient recipient, string what, bool otherwise) =>
        recipient.Parameters.TryGetValue("NOTIFY", out var value)
            ? value.Split(',', StringSplitOptions.TrimEntries).Contains(what, StringComparer.OrdinalIgnoreCase)
            : otherwise;
}

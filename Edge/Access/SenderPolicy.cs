using Microsoft.Extensions.Options;
using Slimta.Smtp;
using Slimta.Domains;
using Slimta.Storage;

namespace Slimta.Edge.Access;

/// <summary>Which senders a client may use: section "Edge:Senders". Without it, a client that may send may use any sender.</summary>
internal sealed class SenderPolicy(IOptions<EdgeOptions> options)
{
    private const string Others = "*";

    private readonly Dictionary<string, string[]> _senders = options.Value.Senders.ToDictionary(
        who => who.Key, who => who.Value.Select(Normal).ToArray(), StringComparer.Ordinal);

    /// <summary>Decides about the envelope's sender. The null sender is free.</summary>
    /// <returns>Null if the client may use it.</returns>
    public SubmissionResult? CheckSender(ClientInfo client, string sender) =>
        sender.Length == 0 || AllowedTo(client) is not { } allowed || IsAllowed(allowed, sender) ? null : Refusal(sender);

    /// <summary>Decides about the From field, which a reader sees.</summary>
    /// <param name="header">Up to the empty line that ends it.</param>
    /// <param name="isWhole">False if the header ends otherwise: others may then read on where we do not.</param>
    public SubmissionResult? CheckHeader(ClientInfo client, ReadOnlySpan<byte> header, bool isWhole)
    {
        if (AllowedTo(client) is not { } allowed)
            return null;
        if (!isWhole || FromField.Read(header) is not { } addresses)
            return SubmissionOutcome.FromNotUnderstood;
        foreach (var address in addresses)
            if (!IsAllowed(allowed, address))
                return Refusal(address);
        return null;
    }

    public static bool IsValid(string pattern) =>
        pattern == Others || (SmtpMailbox.IsDomain(DomainOf(pattern)) && (!pattern.Contains('@', StringComparison.Ordinal)
            || (SmtpMailbox.TryParse(pattern, out var address) && address.LocalPart != Others)));

    /// <summary>Null: any sender. A client that is not named may use none, so that a forgotten name is noticed.</summary>
    private string[]? AllowedTo(ClientInfo client)
    {
        if (_senders.Count == 0 || client.AuthenticatedAs is not { } name)
            return null;
        if (!_senders.TryGetValue(name, out var allowed) && !_senders.TryGetValue(Others, out allowed))
            return [];
        return allowed.Contains(Others) ? null : allowed;
    }

    private static bool IsAllowed(string[] allowed, string address)
    {
        var normal = Normal(address);
        var domain = normal[(normal.LastIndexOf('@') + 1)..];
        foreach (var pattern in allowed)
        {
            if (pattern.StartsWith("*.", StringComparison.Ordinal)
                ? domain.EndsWith(pattern[1..], StringComparison.Ordinal)
                : pattern == (pattern.Contains('@', StringComparison.Ordinal) ? normal : domain))
                return true;
        }
        return false;
    }

    private static SubmissionResult Refusal(string address) =>
        new(SubmissionOutcome.SenderNotAllowed, Printable.Text(address.Length > 320 ? address[..320] : address));

    private static string DomainOf(string pattern) =>
        pattern[(pattern.LastIndexOf('@') + 1)..] is var domain && domain.StartsWith("*.", StringComparison.Ordinal) ? domain[2..] : domain;

    /// <summary>In lower case, the domain in its normal form.</summary>
    private static string Normal(string address)
    {
        var at = address.LastIndexOf('@') + 1;
        var domain = address[at..];
        return (address[..at] + (DomainName.NormalizePattern(domain) ?? domain)).ToLowerInvariant();
    }
}

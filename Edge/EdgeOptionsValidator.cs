using System.Net;
using Microsoft.Extensions.Options;
using Slimta.Smtp;
using Slimta.Domains;

namespace Slimta.Edge;

/// <summary>Settings of section "Edge" that no annotation can check.</summary>
internal sealed class EdgeOptionsValidator : IValidateOptions<EdgeOptions>
{
    public ValidateOptionsResult Validate(string? name, EdgeOptions options)
    {
        var failures = new List<string>();
        Networks(options.Relay.Networks ?? [], "Edge:Relay:Networks", failures);
        Networks(options.Smtp.Proxies, "Edge:Smtp:Proxies", failures);
        if (!IPAddress.TryParse(options.Smtp.Address, out _))
            failures.Add($"Edge:Smtp:Address is '{options.Smtp.Address}'; it must be an IP address, such as 0.0.0.0 or ::.");
        if (options.Smtp.ImplicitTlsPort is not null && options.Smtp.Certificate is null)
            failures.Add("Edge:Smtp:ImplicitTlsPort needs Edge:Smtp:Certificate, the path of a PEM file.");
        foreach (var path in new[] { options.Smtp.Certificate, options.Smtp.CertificateKey })
            if (path is not null && !File.Exists(path))
                failures.Add($"Edge:Smtp:Certificate or CertificateKey names '{path}', and there is no such file.");
        foreach (var (user, hash) in options.Users)
            if (!PasswordHash.IsValid(hash))
                failures.Add($"Edge:Users:{user} must be a hash, '{PasswordHash.Form}'; docs/send-mail.md shows how to make one.");
        foreach (var (key, hash) in options.Http.ApiKeys)
            if (hash.Length != 64 || !hash.All(char.IsAsciiHexDigit))
                failures.Add($"Edge:Http:ApiKeys:{key} must be the SHA-256 of the key in 64 hexadecimal digits.");
        foreach (var (key, hash) in options.OperatorKeys)
        {
            if (hash.Length != 64 || !hash.All(char.IsAsciiHexDigit))
                failures.Add($"Edge:OperatorKeys:{key} must be the SHA-256 of the key in 64 hexadecimal digits.");
            else if (options.Http.ApiKeys.Values.Contains(hash, StringComparer.OrdinalIgnoreCase))
                failures.Add($"Edge:OperatorKeys:{key} is also one of Edge:Http:ApiKeys; use different keys for operators and senders.");
        }
        if (options.TraceUrl is { } trace && (!trace.Contains("{traceId}", StringComparison.Ordinal)
            || !Uri.TryCreate(trace, UriKind.Absolute, out var link) || link.Scheme is not ("http" or "https")))
            failures.Add($"Edge:TraceUrl is '{trace}'; it must be an http or https URL with {{traceId}} in it.");
        foreach (var (who, senders) in options.Senders)
        {
            if (who != "*" && !options.Users.ContainsKey(who) && !options.Http.ApiKeys.ContainsKey(who) && options.Users.Count > 0)
                failures.Add($"Edge:Senders:{who} must be a name in Edge:Users or in Edge:Http:ApiKeys, or '*' for all others.");
            foreach (var sender in senders)
                if (!SenderPolicy.IsValid(sender))
                    failures.Add($"Edge:Senders:{who} has '{sender}'; it must be a domain, '*.' and a domain, an address, or '*'.");
        }
        foreach (var domain in options.Relay.Domains)
            if (domain == "*" || DomainName.NormalizePattern(domain) is null)
                failures.Add($"Edge:Relay:Domains has '{domain}'; it must be a domain, or '*.' and a domain.");
        if (options.Http.MaxBytesInFlight < options.Http.MaxJsonBytes)
            failures.Add($"Edge:Http:MaxBytesInFlight is {options.Http.MaxBytesInFlight}; it must be at least Edge:Http:MaxJsonBytes, {options.Http.MaxJsonBytes}.");
        foreach (var host in options.Http.Hosts)
            if (!SmtpMailbox.IsDomain(host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host))
                failures.Add($"Edge:Http:Hosts has '{host}'; it must be a host name without a port, or '*.' and one.");
        if (options.Postmaster is { } postmaster && (!SmtpMailbox.TryParse(postmaster, out var mailbox) || mailbox.Domain.Length == 0))
            failures.Add("Edge:Postmaster must be an address, such as postmaster@example.com.");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static void Networks(IEnumerable<string> networks, string key, List<string> failures)
    {
        foreach (var network in networks)
            if (!IPNetwork.TryParse(network, out _))
                failures.Add($"{key} has '{network}'; it must be a network, such as 10.0.0.0/8 or ::1/128.");
    }
}

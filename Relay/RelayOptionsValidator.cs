using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Slimta.Smtp;
using Slimta.Relay.Dkim;
using Slimta.Smtp.Client;
using Slimta.Domains;

namespace Slimta.Relay;

/// <summary>Settings of section "Relay" that no annotation can check.</summary>
internal sealed class RelayOptionsValidator(IEnumerable<DeliveryName> deliveries) : IValidateOptions<RelayOptions>
{
    public ValidateOptionsResult Validate(string? name, RelayOptions options)
    {
        var problems = new List<string>();
        Routes(options, problems);
        Schedule(options.Retry, problems);
        Dns(options.Mx, problems);
        Keys(options, problems);
        Authorities(options.TrustedCertificates, problems);
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private void Routes(RelayOptions options, List<string> problems)
    {
        if (!string.IsNullOrEmpty(options.Smarthost))
            Route("Relay:Smarthost", new RouteOptions { NextHop = options.Smarthost });
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (domain, route) in options.Routes)
        {
            if (route.IsSmtp)
                Route($"Relay:Routes:{domain}:NextHop", route);
            else
                OtherDelivery($"Relay:Routes:{domain}", route);
            if (DomainName.NormalizePattern(domain) is not { } normal)
                problems.Add($"Relay:Routes:{domain}: the key must be a domain, *.domain or *.");
            else if (!known.TryAdd(normal, domain))
                problems.Add($"Relay:Routes:{domain} and Relay:Routes:{known[normal]} are the same domain; remove one.");
            if (domain == "*" && !string.IsNullOrEmpty(options.Smarthost))
                problems.Add("Relay:Smarthost and Relay:Routes:* both name the next hop for the rest; set one of them.");
        }
        foreach (var (name, route) in options.NamedRoutes)
        {
            if (route.IsSmtp)
                Route($"Relay:NamedRoutes:{name}:NextHop", route);
            else
                OtherDelivery($"Relay:NamedRoutes:{name}", route);
            if (RouteNames.ProblemOf(name, options) is { } problem)
                problems.Add($"Relay:NamedRoutes:{name}: {problem}.");
        }

        void OtherDelivery(string key, RouteOptions route)
        {
            if (!deliveries.Any(delivery => DeliveryRegistration.AreSame(delivery.Name, route.Delivery)))
                problems.Add($"{key}:Delivery is \"{route.Delivery}\"; it must be one of: {string.Join(", ", deliveries.Select(delivery => delivery.Name).Distinct(StringComparer.OrdinalIgnoreCase))}.");
            else if (route.FirstOfSmtp() is { } setting)
                problems.Add($"{key}:{setting} is a setting of SMTP, and {key}:Delivery is \"{route.Delivery}\"; remove one of them.");
        }

        void Route(string key, RouteOptions route)
        {
            if (NextHop.Parse(key, route, out var problem) is null)
                problems.Add(problem!);
        }
    }

    private static void Schedule(RetryOptions retry, List<string> problems)
    {
        for (var i = 0; i < retry.Schedule.Length; i++)
        {
            if (retry.Schedule[i] < TimeSpan.FromSeconds(1) || retry.Schedule[i] > TimeSpan.FromDays(7))
                problems.Add($"Relay:Retry:Schedule:{i} is {retry.Schedule[i]}; each wait must be from 00:00:01 to 7.00:00:00.");
        }
    }

    private static void Dns(MxOptions mx, List<string> problems)
    {
        for (var i = 0; i < mx.DnsServers.Length; i++)
        {
            if (!System.Net.IPEndPoint.TryParse(mx.DnsServers[i], out _))
                problems.Add($"Relay:Mx:DnsServers:{i} is \"{mx.DnsServers[i]}\"; it must be an address or address:port.");
        }
    }

    private static void Authorities(string? file, List<string> problems)
    {
        try
        {
            ServerCertificate.ReadAuthorities(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            problems.Add($"Relay:TrustedCertificates is '{file}'; it must be a file of certificates in PEM, and {e.Message}");
        }
    }

    private static void Keys(RelayOptions options, List<string> problems)
    {
        foreach (var (domain, keys) in options.Dkim)
        {
            for (var i = 0; i < keys.Length; i++)
            {
                if (!SmtpMailbox.IsDomain(keys[i].Selector))
                    problems.Add($"Relay:Dkim:{domain}:{i}:Selector must be the name under which the key is published, such as \"mail2026\".");
            }
        }
        try
        {
            _ = new DkimSigning(options.Dkim, TimeProvider.System);
        }
        catch (InvalidOperationException e)
        {
            problems.Add(e.Message);
        }
    }
}

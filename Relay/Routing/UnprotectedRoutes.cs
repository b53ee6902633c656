using Slimta.Smtp.Client;

namespace Slimta.Relay.Routing;

/// <summary>
/// Logs at start each route on which an attacker in the middle can read the mail or impersonate the server: one line each. A route to this
/// machine has no middle; a login there is named all the same, as another user of the machine may have taken the port.
/// </summary>
internal static class UnprotectedRoutes
{
    public static void Say(RelayOptions options, ILogger log)
    {
        foreach (var (_, key, route) in RouteNames.Of(options))
            Say(key, route, log);
    }

    private static void Say(string key, RouteOptions route, ILogger log)
    {
        if (NextHop.Parse(key, route, out _) is not { Security: { MustVerify: false } security } hop || (hop.IsHere && security.Credentials is null))
            return;
        if (security.Credentials is not null)
            RelayLog.Unprotected(log, key, hop.Host, security.MustEncrypt
                ? "it logs in to a server with any certificate (AllowInvalidCertificate)"
                : "it logs in even without TLS (AllowClearTextPassword)");
        else if (security.MustEncrypt)
            RelayLog.Unprotected(log, key, hop.Host, "it takes any certificate (AllowInvalidCertificate)");
        else
            RelayLog.Opportunistic(log, key, hop.Host, security.Tls == TlsMode.None
                ? "Tls is None, so its mail is not encrypted"
                : "its TLS is opportunistic; where the server has a valid certificate, set Tls to Required");
    }
}

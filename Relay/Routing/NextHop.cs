using Slimta.Smtp.Client;

namespace Slimta.Relay.Routing;

/// <summary>A next hop that configuration names, parsed.</summary>
internal sealed record NextHop(string Host, int Port, Security Security)
{
    /// <summary>A server on this machine: what is sent there passes no network.</summary>
    public bool IsHere => Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (System.Net.IPAddress.TryParse(Host, out var address) && System.Net.IPAddress.IsLoopback(address));

    /// <summary>All mail goes to servers on this machine, as with the mailbox in development.</summary>
    public static bool AllAreHere(RelayOptions options) => !string.IsNullOrEmpty(options.Smarthost)
        && RouteNames.Of(options).All(route => Parse(route.Key, route.Route, out _) is { IsHere: true });

    /// <summary>Reads <see cref="RouteOptions"/>; null and a problem that names the key if they make no sense.</summary>
    public static NextHop? Parse(string key, RouteOptions route, out string? problem)
    {
        var text = route.NextHop ?? "";
        var hasScheme = text.Contains("://", StringComparison.Ordinal);
        problem = $"{key} is \"{Hide(text)}\"; it must be a host, host:port, or a URL as smtp://host:25, smtps://host:465, lmtp://host:24.";
        if (text.Length == 0 || !Uri.TryCreate(hasScheme ? text : $"smtp://{text}", UriKind.Absolute, out var url)
            || url.Host.Length == 0 || url.PathAndQuery is not ("/" or "") || PortOf(url) is not { } port)
        {
            return null;
        }
        if (url.Scheme == "smtps" && route.Tls is not (null or TlsMode.Implicit))
        {
            problem = $"{key} says smtps, so its Tls must be Implicit or unset.";
            return null;
        }
        var login = Login(url, route);
        if (login is not null && route.Tls == TlsMode.None && !route.AllowClearTextPassword)
        {
            problem = $"{key} has a login and Tls is None; set Tls to Required, Implicit or Opportunistic, or AllowClearTextPassword to true.";
            return null;
        }
        problem = null;
        return new NextHop(url.IdnHost, port, new Security
        {
            Tls = url.Scheme == "smtps" ? TlsMode.Implicit : route.Tls ?? TlsMode.Opportunistic,
            AllowInvalidCertificate = route.AllowInvalidCertificate,
            AllowClearTextPassword = route.AllowClearTextPassword,
            Credentials = login,
            Lmtp = url.Scheme == "lmtp",
        });
    }

    private static int? PortOf(Uri url) => url.Scheme switch
    {
        // tcp is what an orchestrator calls an endpoint that it knows nothing of.
        "smtp" or "tcp" => url.Port > 0 ? url.Port : 25,
        "smtps" => url.Port > 0 ? url.Port : 465,
        "lmtp" => url.Port > 0 ? url.Port : 24,
        _ => null,
    };

    private static Credentials? Login(Uri url, RouteOptions route)
    {
        if (!string.IsNullOrEmpty(route.Username))
            return new Credentials(route.Username, route.Password ?? "");
        if (url.UserInfo.Length == 0)
            return null;
        var parts = url.UserInfo.Split(':', 2);
        return new Credentials(Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
    }

    private static string Hide(string text) =>
        text.LastIndexOf('@') is var at and >= 0 ? string.Concat("***", text.AsSpan(at)) : text;
}

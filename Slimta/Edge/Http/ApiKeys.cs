using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Slimta.Edge.Http;

/// <summary>Who may submit over HTTP.</summary>
internal sealed class ApiKeys(IOptions<EdgeOptions> options)
{
    private readonly (string Name, byte[] Hash)[] _keys =
        [.. options.Value.Http.ApiKeys.Select(key => (key.Key, Convert.FromHexString(key.Value)))];

    /// <param name="name">The name of the client's key; null for a client on this machine that gave none.</param>
    public bool TryAdmit(HttpContext http, out string? name)
    {
        name = null;
        if (KeyOf(http.Request) is { } key)
        {
            name = NameOf(key);
            return name is not null;
        }
        return options.Value.Http.TrustLoopback && http.Connection.RemoteIpAddress is { } client
            && IPAddress.IsLoopback(client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client);
    }

    private static string? KeyOf(HttpRequest request)
    {
        const string Bearer = "Bearer ";
        var authorization = request.Headers.Authorization.ToString();
        if (authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            return authorization[Bearer.Length..].Trim();
        return request.Headers.TryGetValue("X-Api-Key", out var key) ? key.ToString() : null;
    }

    /// <summary>Compares with all of them, each in constant time.</summary>
    private string? NameOf(string key)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        string? found = null;
        foreach (var (name, expected) in _keys)
            if (CryptographicOperations.FixedTimeEquals(hash, expected))
                found = name;
        return found;
    }
}

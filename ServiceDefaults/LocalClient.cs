using System.Net;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Slimta;

/// <summary>Whether a request comes from this machine.</summary>
public static class LocalClient
{
    /// <summary>
    /// By the socket's own address, which no client can claim. Where forwarded fields are read (ASPNETCORE_FORWARDEDHEADERS_ENABLED), their
    /// addresses can only take the trust away.
    /// </summary>
    public static bool Is(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        return http.Features.Get<IConnectionSocketFeature>()?.Socket.RemoteEndPoint is IPEndPoint peer
            && IsLoopback(peer.Address) && IsLoopback(http.Connection.RemoteIpAddress);
    }

    private static bool IsLoopback(IPAddress? address) =>
        address is not null && IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
}

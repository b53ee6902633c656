using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Slimta.Edge;
using Slimta.Mailbox;

namespace Slimta.Standalone;

/// <summary>Names the setting to change when a port is taken; the code that binds the port later does not know the setting.</summary>
internal static class Ports
{
    /// <exception cref="StartException"/>
    /// <exception cref="OptionsValidationException"/>
    public static void EnsurePortsAreFree(this WebApplication app, Roles roles)
    {
        if (app.Services.GetService<GarnetAddress>() is { } garnet)
            Ensure("Garnet:Port", garnet.EndPoint);
        if (roles.HasFlag(Roles.Edge) && app.Services.GetRequiredService<IOptions<EdgeOptions>>().Value.Smtp is { Enabled: true } smtp)
        {
            Ensure("Edge:Smtp:Port", new(IPAddress.Parse(smtp.Address), smtp.Port));
            if (smtp.ImplicitTlsPort is { } tls)
                Ensure("Edge:Smtp:ImplicitTlsPort", new(IPAddress.Parse(smtp.Address), tls));
        }
        if (roles.HasFlag(Roles.Mailbox) && app.Services.GetRequiredService<IOptions<MailboxOptions>>().Value is var mailbox)
            Ensure("Mailbox:Port", new(IPAddress.Parse(mailbox.Address), mailbox.Port));
    }

    private static void Ensure(string key, IPEndPoint endPoint)
    {
        try
        {
            using var listener = new TcpListener(endPoint);
            listener.Start();
        }
        catch (SocketException error)
        {
            throw new StartException(error.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"{endPoint} is taken: end the program that listens there, or choose another port with --{key}.",
                SocketError.AccessDenied => $"This user may not listen on {endPoint}: choose a port from 1024 with --{key}.",
                _ => $"This program cannot listen on {endPoint} (--{key}): {error.Message}.",
            });
        }
    }
}

using Microsoft.AspNetCore.Builder;
using Slimta.Edge;
using Slimta.Edge.Http;
using Slimta.Relay;
using Slimta.Mailbox;

namespace Slimta.Standalone;

/// <summary>Adds the services of the roles. The service added last stops first: the edge, then the relay, then the mailbox.</summary>
internal static class MailRoles
{
    public static void AddMailRoles(this WebApplicationBuilder builder, Roles roles)
    {
        if (roles is not Roles.Mailbox)
            builder.AddQueue(roles);
        if (roles.HasFlag(Roles.Mailbox))
            builder.AddMailbox();
        if (roles.HasFlag(Roles.Relay))
            builder.AddRelay().AddDeliveryLog();
        if (roles.HasFlag(Roles.Edge))
            builder.AddEdge();
        else
            builder.Services.AddEdgeAccess();
    }

    public static void MapMailRoles(this WebApplication app, Roles roles)
    {
        if (roles.HasFlag(Roles.Edge))
            app.MapEdge();
        if (roles.HasFlag(Roles.Mailbox))
            app.MapMailbox().RequireEdgeAccess();
    }
}

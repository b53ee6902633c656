using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Slimta.Mailbox;

/// <summary>
/// The page at <c>/mailbox/</c>: files that hold no mail, and so need no key. Its script fetches all data from the routes beside it. Elements,
/// dialogs and looks are those of the operator's page.
/// </summary>
public static class MailboxPage
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Maps the page.</summary>
    /// <returns>The routes that hand out mail. Guard them: a client that may ask for one message gets all.</returns>
    public static RouteGroupBuilder MapMailbox(this IEndpointRouteBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var page = app.MapEmbeddedPage("mailbox", Policy);
        page.MapGet("frames/{id}/{key}", MessageFrame.ShowAsync);
        return page.MapGroup("").MapMailboxRoutes();
    }
}

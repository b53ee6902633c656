namespace Slimta.Edge.Operator;

/// <summary>
/// The operator's page at <c>/queue/</c>: files that hold no data, and so need no key. All that the page shows it asks of the routes under
/// <c>/operator</c>, so that it can do what the API can, and needs the same key.
/// </summary>
internal static class QueuePage
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void MapQueuePage(this IEndpointRouteBuilder app) => app.MapEmbeddedPage("queue", Policy);
}

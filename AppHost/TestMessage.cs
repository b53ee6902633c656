namespace Slimta.AppHost;

/// <summary>What the dashboard's command sends: docs/edge.md has the fields.</summary>
internal static class TestMessage
{
    public static Task Write(HttpCommandRequestContext context)
    {
        context.Request.Content = new StringContent(
            """
            {
              "from": "dashboard@example.com", "to": ["you@example.net"], "subject": "A test message",
              "text": "Sent from the Aspire dashboard, through the edge, the queue and a relay."
            }
            """, encoding: null, "application/json");
        return Task.CompletedTask;
    }
}

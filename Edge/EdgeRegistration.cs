using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Slimta.Edge.Http;
using Slimta.Edge.Operator;
using Slimta.Storage;

namespace Slimta.Edge;

public static class EdgeRegistration
{
    /// <summary>
    /// Adds the edge: an SMTP server and what <see cref="MapEdge"/> needs. It puts mail into the queue that <c>AddMailQueue</c>
    /// added, or into an <see cref="IQueueStorage"/> that the host registered. Options come from section "Edge"; SMTP listens beside the web
    /// server, whose addresses stay as they are configured.
    /// </summary>
    public static WebApplicationBuilder AddEdge(this WebApplicationBuilder builder, Action<EdgeOptions>? configure = null)
    {
        var services = builder.Services;
        var options = services.AddEdgeAccess().AddOptions<EdgeOptions>();
        if (configure is not null)
            options.Configure(configure);
        services.AddQueueOptions();
        options.PostConfigure<IOptions<QueueOptions>>(FitIntoQueue);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IUserSource, ConfiguredUsers>();
        services.AddSingleton<RelayPolicy>();
        services.AddSingleton<SenderPolicy>();
        services.AddSingleton<Withdrawals>();
        services.AddSingleton<IntakeServices>();
        services.AddSingleton<EdgeHandler>();
        services.AddSingleton<SmtpEdgeService>();
        services.AddSingleton<HttpIntake>();
        services.AddSingleton<MessagesEndpoint>();
        services.AddSingleton<OperatorAudit>();
        services.AddSingleton<JobRunner>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<KestrelServerOptions>, HttpLimits>());
        services.AddOpenApi();
        services.AddHostedService(provider => provider.GetRequiredService<SmtpEdgeService>());
        services.AddHostedService(provider => provider.GetRequiredService<JobRunner>());
        return builder;
    }

    /// <summary>Routing refuses a body of a type that a route does not take, without a word.</summary>
    private static async Task ExplainContentType(HttpContext http, RequestDelegate next)
    {
        await next(http);
        if (http.Response is { StatusCode: StatusCodes.Status415UnsupportedMediaType, HasStarted: false })
            await Results.Problem(statusCode: StatusCodes.Status415UnsupportedMediaType, title: "The body's Content-Type is not one that this route takes.",
                detail: $"Send {MessagesEndpoint.JsonType}; POST /messages also takes {MessagesEndpoint.RawType}.").ExecuteAsync(http);
    }

    /// <summary>A message of the announced size must fit into the queue with what the edge prepends.</summary>
    private static void FitIntoQueue(EdgeOptions edge, IOptions<QueueOptions> queue)
    {
        const int Prepended = 4096;
        var limits = edge.Smtp.Limits;
        limits.MaxMessageBytes = Math.Min(limits.MaxMessageBytes, Math.Max(1024, queue.Value.MaxMessageBytes - Prepended));
    }

    /// <summary>
    /// Maps <c>POST /messages</c>, the operators' routes under <c>/operator</c> with their page where the queue has all that they ask for, and an
    /// OpenAPI document at <c>/openapi/v1.json</c>.
    /// </summary>
    public static WebApplication MapEdge(this WebApplication app)
    {
        if (!app.Services.GetRequiredService<IOptions<EdgeOptions>>().Value.Http.Enabled)
            return app;
        app.Use(ExplainContentType);
        var endpoint = app.Services.GetRequiredService<MessagesEndpoint>();
        app.MapPost("/messages", (Delegate)endpoint.SubmitAsync)
            .WithName("SubmitMessage")
            .WithSummary("Puts a message into the queue")
            .WithDescription("As message/rfc822, with the query parameters 'sender' and 'recipient', or as JSON. 202: it is safe in the queue.")
            .Accepts<MessageRequest>(MessagesEndpoint.JsonType, MessagesEndpoint.RawType)
            .Produces<MessageAccepted>(StatusCodes.Status202Accepted)
            .ProducesValidationProblem()
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        var registered = app.Services.GetRequiredService<IServiceProviderIsService>();
        var missing = OperatorRoutes.Needed.Where(needed => !registered.IsService(needed)).ToList();
        if (missing.Count == 0)
        {
            app.MapOperator();
            app.MapQueuePage();
        }
        else
        {
            EdgeLog.NoOperators(app.Logger, string.Join(", ", missing.Select(type => type.Name)));
        }
        app.MapOpenApi();
        return app;
    }
}

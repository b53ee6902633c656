using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Slimta;

namespace Microsoft.Extensions.Hosting;

/// <summary>
/// What every host of this solution shares: Aspire's service defaults, with the mail queue's activity sources and meters.
/// </summary>
public static class Extensions
{
    private const string ReadyPath = "/health";
    private const string AlivePath = "/alive";

    private static readonly string[] Talkative = ["Microsoft.AspNetCore", "StackExchange.Redis"];

    /// <summary>Every source and meter of ours is named Slimta.*: Slimta.Storage, Slimta.Edge, Slimta.Relay.</summary>
    private const string OurTelemetry = "Slimta.*";

    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.QuietLibraries();
        builder.ConfigureOpenTelemetry();
        builder.AddDefaultHealthChecks();
        builder.Services.AddServiceDiscovery();
        builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.ConfigureHttpsDefaults(https =>
            https.OnAuthenticate = (_, tls) => tls.CertificateChainPolicy = RemoteCertificate.ChainPolicy()));
        builder.Services.ConfigureHttpClientDefaults(http =>
        {
            http.ConfigurePrimaryHttpMessageHandler(RemoteCertificate.HttpHandler);
            http.AddStandardResilienceHandler();
            http.AddServiceDiscovery();
        });
        return builder;
    }

    /// <summary>Libraries' log lines below a warning say nothing about mail. A level that is configured comes later and wins.</summary>
    private static void QuietLibraries(this IHostApplicationBuilder builder) =>
        builder.Services.PostConfigure<LoggerFilterOptions>(filters =>
        {
            foreach (var library in Talkative)
                filters.Rules.Insert(0, new LoggerFilterRule(null, library, LogLevel.Warning, null));
        });

    public static TBuilder ConfigureOpenTelemetry<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
            logging.AddProcessor(new SpansOfLogs());
        });

        builder.Services.AddOpenTelemetry()
            // Two processes that cannot be told apart would overwrite each other's metrics. A name from the environment wins.
            .ConfigureResource(resource => resource
                .AddService(builder.Environment.ApplicationName, serviceVersion: ProductVersion.Number, autoGenerateServiceInstanceId: true)
                .AddEnvironmentVariableDetector())
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddMeter(OurTelemetry))
            .WithTracing(tracing => tracing
                .AddSource(builder.Environment.ApplicationName)
                .AddSource(OurTelemetry)
                .AddAspNetCoreInstrumentation(options => options.Filter = context =>
                    !context.Request.Path.StartsWithSegments(ReadyPath, StringComparison.Ordinal)
                    && !context.Request.Path.StartsWithSegments(AlivePath, StringComparison.Ordinal)
                    && !IsAskedByOurPage(context.Request))
                .AddHttpClientInstrumentation());

        if (!string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            // Over gRPC the exporter makes its own client.
            builder.Services.ConfigureAll<OtlpExporterOptions>(otlp => otlp.HttpClientFactory = () =>
                new HttpClient(RemoteCertificate.HttpHandler()) { Timeout = TimeSpan.FromMilliseconds(otlp.TimeoutMilliseconds) });
            builder.Services.AddOpenTelemetry().UseOtlpExporter();
            builder.Services.AddHostedService<TelemetryStop>();
        }
        return builder;
    }

    /// <summary>An open page asks every few seconds, and would bury the traces of mail.</summary>
    private static bool IsAskedByOurPage(HttpRequest request) => HttpMethods.IsGet(request.Method) && request.Headers["Sec-Fetch-Site"] == "same-origin";

    public static TBuilder AddDefaultHealthChecks<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), ["live"]);
        return builder;
    }

    /// <summary>
    /// /health: ready for mail. /alive: the process answers. Mapped in every environment, as container platforms probe them;
    /// they report a status, and <see cref="IHealthReaders"/> decides who may read the reason.
    /// </summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.MapHealthChecks(ReadyPath, new HealthCheckOptions { ResponseWriter = HealthAnswer.WriteAsync });
        app.MapHealthChecks(AlivePath, new HealthCheckOptions { Predicate = check => check.Tags.Contains("live"), ResponseWriter = HealthAnswer.WriteAsync });
        return app;
    }
}

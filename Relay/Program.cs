using Slimta.Relay;
using Slimta.Storage;

return await HostRun.RunAsync(args, builder =>
{
    builder.AddServiceDefaults();
    // The queue has its own connections and spans; the only calls left to trace here are the pings of the health check.
    builder.AddRedisClient("redis", settings => settings.DisableTracing = true);
    builder.AddMailQueue();
    builder.AddRelay();

    var app = builder.Build();
    app.MapDefaultEndpoints();
    return app;
});

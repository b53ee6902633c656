using Slimta.Edge;
using Slimta.Storage;

return await HostRun.RunAsync(args, builder =>
{
    builder.AddServiceDefaults();
    // The queue has its own connections and spans; the only calls left to trace here are the pings of the health check.
    builder.AddRedisClient("redis", settings => settings.DisableTracing = true);
    builder.AddMailQueue();
    builder.AddEdge();

    var app = builder.Build();
    app.MapDefaultEndpoints();
    app.MapEdge();
    return app;
});

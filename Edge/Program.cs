using Slimta.Edge;
using Slimta.Storage;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
// The queue has its own connections and spans; what is left to trace here are the pings of the health check.
builder.AddRedisClient("redis", settings => settings.DisableTracing = true);
builder.AddMailQueue();
builder.AddEdge();

var app = builder.Build();

app.MapDefaultEndpoints();
app.MapEdge();

return await app.RunToEndAsync();

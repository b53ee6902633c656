using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Slimta.Bench;
using Slimta.Edge;
using Slimta.Smtp.Server;
using Slimta.Storage;

// "discard": the SMTP server alone, on the port that follows; otherwise the edge, as its settings say.
if (args is ["discard", var port])
{
    var options = new SmtpServerOptions { Endpoints = { new(new(IPAddress.Loopback, int.Parse(port))) }, IsExempt = _ => true };
    await using var server = new SmtpServer(options, new Discard(), NullLoggerFactory.Instance);
    await server.StartAsync();
    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);
}

var builder = WebApplication.CreateBuilder(args);
builder.AddMailQueue();
builder.AddEdge();
var app = builder.Build();
app.MapEdge();
await app.RunAsync();

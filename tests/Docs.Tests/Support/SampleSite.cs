using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slimta.Edge;
using Slimta.Storage;
using Slimta.Storage.Tests.Support;

namespace Slimta.Docs;

/// <summary>What a reader of a sample has running: an edge on a Redis, with one message in the queue.</summary>
internal sealed class SampleSite : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slimta-sample-");

    private SampleSite(WebApplication app) => _app = app;

    /// <summary>Where a sample runs.</summary>
    public string Folder => _folder.FullName;

    /// <summary>Settings for the sample's host.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public required int SmtpPort { get; init; }

    public int HttpPort => new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;

    public static async Task<SampleSite> StartAsync(string redis)
    {
        var prefix = $"t{Guid.NewGuid():N}:";
        var port = RedisProcess.FreePort();
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production", ApplicationName = "samples" });
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:redis"] = redis,
            ["Storage:Prefix"] = prefix,
            ["urls"] = "http://127.0.0.1:0",
            ["Edge:Smtp:Port"] = $"{port}",
        });
        builder.AddMailQueue();
        builder.AddEdge();
        var app = builder.Build();
        app.MapEdge();
        await app.StartAsync();
        await app.Services.GetRequiredService<IQueueStorage>().WriteAsync(new Envelope
        {
            Sender = "shop@example.com",
            Recipients = ["you@archive.example.com"],
            Content = Encoding.ASCII.GetBytes("Subject: The first\r\n\r\nHello.\r\n"),
        });
        return new SampleSite(app)
        {
            SmtpPort = port,
            Environment = new Dictionary<string, string>
            {
                ["ConnectionStrings__redis"] = redis,
                ["Storage__Prefix"] = prefix,
                ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
                ["Edge__Smtp__Port"] = "0",
                ["SAMPLE_ROOT"] = Repository.Root,
            },
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}

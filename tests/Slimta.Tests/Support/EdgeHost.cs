using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slimta.Edge;
using Slimta.Storage;

namespace Slimta.Tests.Edge;

/// <summary>A host as Edge/Program.cs makes it, on its own ports.</summary>
internal sealed class EdgeHost : IAsyncDisposable
{
    /// <summary>A whole message, after EHLO.</summary>
    public const string Transaction = "MAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\nSubject: x\r\n\r\nbody\r\n.\r\n";

    private readonly WebApplication _app;

    private EdgeHost(WebApplication app) => _app = app;

    public IQueueStorage Queue => _app.Services.GetRequiredService<IQueueStorage>();
    public IQueueOperator Operator => _app.Services.GetRequiredService<IQueueOperator>();
    public IOrderJobs Jobs => _app.Services.GetRequiredService<IOrderJobs>();
    public IRelayStates Relays => _app.Services.GetRequiredService<IRelayStates>();
    public IntakeServices Intake => _app.Services.GetRequiredService<IntakeServices>();
    public Withdrawals Withdrawals => _app.Services.GetRequiredService<Withdrawals>();
    public IReadOnlyList<IPEndPoint> Smtp => _app.Services.GetRequiredService<SmtpEdgeService>().Endpoints;
    public Uri Http => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public static Task<EdgeHost> StartAsync(string redis, Dictionary<string, string?>? settings = null, Action<IServiceCollection>? services = null) =>
        StartAsync(builder => builder.AddMailQueue(), new(settings ?? []) { ["ConnectionStrings:redis"] = redis }, services);

    /// <param name="addQueue">May add more to the host.</param>
    public static async Task<EdgeHost> StartAsync(
        Action<WebApplicationBuilder> addQueue, Dictionary<string, string?> settings, Action<IServiceCollection>? services = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production", ApplicationName = "edge-test" });
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Storage:Prefix"] = $"t{Guid.NewGuid():N}:",
            ["urls"] = "http://127.0.0.1:0",
            ["Edge:Hostname"] = "mx.test",
            ["Edge:Smtp:Address"] = "127.0.0.1",
            ["Edge:Smtp:Port"] = "0",
        });
        builder.Configuration.AddInMemoryCollection(settings);
        addQueue(builder);
        builder.AddEdge();
        services?.Invoke(builder.Services);
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapEdge();
        await app.StartAsync();
        return new(app);
    }

    /// <summary>Waits until health says so.</summary>
    public async Task HealthIsAsync(HttpStatusCode expected)
    {
        using var http = new HttpClient { BaseAddress = Http };
        while (true)
        {
            using var health = await http.GetAsync("/health");
            if (health.StatusCode == expected)
                return;
            // Health is a question: nothing tells of its change.
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    /// <summary>The answer to a message over HTTP.</summary>
    public async Task<HttpResponseMessage> PostAsync()
    {
        using var http = new HttpClient { BaseAddress = Http };
        using var message = new StringContent("Subject: x\r\n\r\n", null, "message/rfc822");
        return await http.PostAsync("/messages?sender=a@a.test&recipient=b@b.test", message);
    }

    /// <summary>Every message in the queue, with its content.</summary>
    public async Task<List<(QueuedMessage Message, string Text)>> QueuedAsync()
    {
        var messages = new List<(QueuedMessage, string)>();
        await foreach (var (_, id) in Queue.LoadAsync())
        {
            var message = await Queue.GetAsync(id);
            messages.Add((message, Encoding.Latin1.GetString(await message.Envelope.Content.ToArrayAsync())));
        }
        return messages;
    }

    /// <summary>Sends bytes and closes the sending side; returns all that the server says.</summary>
    public async Task<string> SayAsync(string bytes, int endpoint = 0)
    {
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(Smtp[endpoint]);
        var stream = client.GetStream();
        var reader = new StreamReader(stream, Encoding.Latin1);
        var banner = await reader.ReadLineAsync();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(bytes));
        client.Client.Shutdown(SocketShutdown.Send);
        return banner + "\n" + (await reader.ReadToEndAsync()).ReplaceLineEndings("\n");
    }

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

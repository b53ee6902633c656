using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Slimta.Storage;

namespace Slimta.EndToEnd;

/// <summary>The queue as the test's own process sees it: to write to, and to look at.</summary>
internal sealed class QueueClient : IAsyncDisposable
{
    private static readonly byte[] Text = Encoding.ASCII.GetBytes("From: a@a.test\r\nTo: b@b.test\r\nSubject: hello\r\n\r\nhello\r\n");
    private readonly IHost _host;

    private QueueClient(IHost host) => _host = host;

    public IQueueOperator Operator => _host.Services.GetRequiredService<IQueueOperator>();

    public IQueueStorage Storage => _host.Services.GetRequiredService<IQueueStorage>();

    public static async Task<QueueClient> StartAsync(string redis, string prefix)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "queue-test" });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["ConnectionStrings:redis"] = redis, ["Storage:Prefix"] = prefix });
        builder.AddMailQueue();
        var host = builder.Build();
        await host.StartAsync();
        return new(host);
    }

    public Task<string> WriteAsync(string recipient) => Storage.WriteAsync(new Envelope
    {
        Sender = "a@a.test",
        Recipients = [recipient],
        Content = Text,
        Received = TimeProvider.System.GetUtcNow(),
    });

    public Task WriteAsync(string recipient, int count) => Parallel.ForEachAsync(
        Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (_, _) => await WriteAsync(recipient));

    /// <summary>Waits until so many messages are in the queue: other processes settle what has arrived a moment later, and do not tell.</summary>
    public async Task HoldsAsync(long messages)
    {
        while ((await Operator.CountAsync()).Total != messages)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Slimta.Standalone;
using Slimta.Storage.Tests.Support;

namespace Slimta.EndToEnd;

/// <summary>How it says that it has begun, and that it has ended.</summary>
public sealed class EndingsTests
{
    [Fact]
    public async Task It_is_ready_when_its_queue_is_and_not_before()
    {
        await using var redis = await RedisProcess.StartAsync();
        await redis.KillAsync();
        await using var edge = StandaloneProcess.Begin("edge", new() { ["ConnectionStrings:redis"] = redis.ConnectionString });
        await edge.SaysAsync("The mail queue cannot be used");
        using var health = await HealthAsync(edge);
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, health.StatusCode);
        Assert.False(edge.Ready.IsCompleted);
        await redis.StartAgainAsync();
        await edge.Ready;
        await edge.SendAsync("now");
    }

    [Fact]
    public async Task Told_to_stop_while_it_starts_is_a_good_end()
    {
        var builder = Microsoft.AspNetCore.Builder.WebApplication.CreateSlimBuilder();
        builder.Services.AddHostedService<Endless>();
        await using var app = builder.Build();
        var run = app.RunToEndAsync();
        app.Lifetime.StopApplication();
        await run.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_background_service_that_fails_is_no_good_end()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddHostedService<Failing>();
        using var host = builder.Build();
        var services = UnexpectedEnd.Services(host.Services);
        Assert.False(UnexpectedEnd.Of(services));
        await host.StartAsync();
        await host.WaitForShutdownAsync();
        Assert.True(UnexpectedEnd.Of(services));
    }

    private static async Task<HttpResponseMessage> HealthAsync(StandaloneProcess process)
    {
        while (true)
        {
            try
            {
                return await process.Http.GetAsync("/health");
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }

    /// <summary>The harm itself: a service whose start does not end by itself.</summary>
    private sealed class Endless : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Failing : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await Task.Yield();
            throw new InvalidOperationException("a defect");
        }
    }
}

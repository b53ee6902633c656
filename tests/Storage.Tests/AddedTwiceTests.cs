using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Slimta.Storage.Tests.Support;

namespace Slimta.Storage.Tests;

/// <summary>AddMailQueue in a host that has its queue already.</summary>
public sealed class AddedTwiceTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task The_second_call_adds_its_settings_to_the_one_queue()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["ConnectionStrings:redis"] = redis.Settings.ToString();
        builder.AddMailQueue(configure: o => (o.Prefix, o.Owner) = ("first:", "first"));
        builder.AddMailQueue(configure: o => o.Prefix = "second:");
        using var host = builder.Build();
        await host.StartAsync();

        var queue = Assert.Single(host.Services.GetServices<IQueueStorage>());
        Assert.Same(queue, Assert.Single(host.Services.GetServices<IQueueOperator>()));
        Assert.Single(host.Services.GetServices<IHostedService>(), service => service is QueueWatch);
        var id = await queue.WriteAsync(Mail.ToThree(), TimeSpan.FromHours(1));
        Assert.Single((await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries);
        var options = host.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<QueueOptions>>().Value;
        Assert.Equal(("second:", "first"), (options.Prefix, options.Owner));
        await using var direct = new Redis.RedisStorage(redis.Settings, new QueueOptions { Prefix = "second:" });
        Assert.Equal(id, (await direct.GetAsync(id)).Id);
        await host.StopAsync();
    }

    [Fact]
    public void A_second_queue_elsewhere_is_refused_and_both_connections_are_named()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.AddMailQueue();

        var error = Assert.Throws<InvalidOperationException>(() => builder.AddMailQueue("archive"));

        Assert.Contains("'redis'", error.Message, StringComparison.Ordinal);
        Assert.Contains("archive", error.Message, StringComparison.Ordinal);
    }
}

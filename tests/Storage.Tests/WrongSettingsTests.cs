using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Slimta.Storage.Tests;

/// <summary>What is wrong with the settings is told at the start, by its keys.</summary>
public sealed class WrongSettingsTests
{
    [Theory]
    [InlineData("Storage:Prefix must have 1 to 64 characters", "Prefix=")]
    [InlineData("Storage:Prefix must have 1 to 64 characters", "Prefix={a}:")]
    [InlineData("Storage:Lease must be from", "Lease=00:00:00")]
    [InlineData("Storage:Lease is 00:00:01 and Storage:HeartbeatTimeout is 00:00:07:", "Lease=00:00:01", "HeartbeatTimeout=00:00:07")]
    [InlineData("Storage:Lease is 00:00:05 and Storage:HeartbeatTimeout is 00:01:00:", "Lease=00:00:05", "HeartbeatTimeout=00:01:00")]
    [InlineData("Storage:MaxMessageBytes is 50000000 and Storage:MaxBytes is 1000000:", "MaxBytes=1000000")]
    [InlineData("Storage:MaxMessageBytes is 2048 and Storage:MaxBytes is 2047:", "MaxBytes=2047", "MaxMessageBytes=2048")]
    [InlineData("Section Storage has no such setting: 'Prefx'. It has: Prefix, Partitions,", "Prefx=mine:")]
    [InlineData("'Storage:Lease' is 'long': Storage:Lease must be from 00:00:01 to 1.00:00:00", "Lease=long")]
    public async Task Are_refused_by_their_keys(string told, params string[] settings)
    {
        using var host = Build(settings);
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Contains(told, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Lease=00:00:01")]
    [InlineData("Lease=00:01:00", "HeartbeatTimeout=00:06:00")]
    [InlineData("MaxBytes=2048", "MaxMessageBytes=2048")]
    [InlineData("MaxBytes=0", "MaxMessageBytes=536870912")]
    public void Those_at_the_edge_go_together(params string[] settings)
    {
        using var host = Build(settings);
        Assert.NotNull(((IOptions<QueueOptions>)host.Services.GetService(typeof(IOptions<QueueOptions>))!).Value);
    }

    private static IHost Build(string[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        // Nothing listens there: it must not come to that.
        builder.Configuration["ConnectionStrings:redis"] = "127.0.0.1:1";
        foreach (var setting in settings)
            builder.Configuration["Storage:" + setting.Split('=')[0]] = setting.Split('=')[1];
        builder.AddMailQueue();
        return builder.Build();
    }
}

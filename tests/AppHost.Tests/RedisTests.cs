using StackExchange.Redis;

namespace AppHost.Tests;

[Collection(nameof(MailSystem))]
public sealed class RedisTests(MailSystem system)
{
    [TheoryWithContainers]
    [InlineData("appendonly", "yes")]
    [InlineData("appendfsync", "always")]
    [InlineData("maxmemory-policy", "noeviction")]
    [InlineData("save", "")]
    [InlineData("auto-aof-rewrite-min-size", "536870912")]
    public async Task Redis_runs_with_what_a_250_relies_on(string setting, string value)
    {
        var options = ConfigurationOptions.Parse((await system.App.GetConnectionStringAsync("queue"))!);
        options.AllowAdmin = true;
        await using var connection = await ConnectionMultiplexer.ConnectAsync(options);

        var found = await connection.GetServers()[0].ConfigGetAsync(setting);

        Assert.Equal(value, Assert.Single(found).Value);
    }
}

[CollectionDefinition(nameof(MailSystem))]
public sealed class MailSystemCollection : ICollectionFixture<MailSystem>;

internal sealed class TheoryWithContainersAttribute : TheoryAttribute
{
    public TheoryWithContainersAttribute() => Skip = MailSystem.WithContainers ? null : "Only with containers: set Containers=true.";
}

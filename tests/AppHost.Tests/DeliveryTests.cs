using StackExchange.Redis;

namespace AppHost.Tests;

public sealed class DeliveryTests(MailSystem system) : IClassFixture<MailSystem>, IDisposable
{
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromMinutes(3));

    [Fact]
    public async Task A_message_for_the_edge_is_seen_in_the_mailbox()
    {
        var subject = $"hello {Guid.NewGuid():N}";

        await system.SendAsync([subject], _timeout.Token);

        var message = Assert.Single(await system.Mailbox.WaitForAsync(subject, 1, _timeout.Token));
        Assert.Equal(subject, message.Subject);
        Assert.Equal("sender@example.com", message.From.Mail);
        Assert.Equal("recipient@example.net", Assert.Single(message.To).Mail);
    }

    [Fact]
    public async Task The_commands_of_the_dashboard_send_a_test_message_and_retry()
    {
        await system.CommandAsync("edge", "send-test-message", _timeout.Token);
        await system.CommandAsync("edge", "retry-all", _timeout.Token);

        Assert.NotEmpty(await system.Mailbox.WaitForAsync("A test message", 1, _timeout.Token));
    }

    [Fact]
    public async Task Nothing_accepted_is_lost_when_Redis_stops_and_starts()
    {
        var batch = Guid.NewGuid().ToString("N");
        string[] subjects = [.. Enumerable.Range(100, 50).Select(number => $"{batch} {number}")];

        await system.CommandAsync("relay", KnownResourceCommands.StopCommand, _timeout.Token);
        await system.SendAsync(subjects, _timeout.Token);
        await system.CommandAsync("redis", KnownResourceCommands.StopCommand, _timeout.Token);
        await system.CommandAsync("redis", KnownResourceCommands.StartCommand, _timeout.Token);
        await system.App.ResourceNotifications.WaitForResourceHealthyAsync("redis", _timeout.Token);
        await system.CommandAsync("relay", KnownResourceCommands.StartCommand, _timeout.Token);

        var received = await system.Mailbox.WaitForAsync(batch, subjects.Length, _timeout.Token);
        Assert.Equal(subjects, received.Select(message => message.Subject).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("appendonly", "yes")]
    [InlineData("appendfsync", "always")]
    [InlineData("maxmemory-policy", "noeviction")]
    [InlineData("save", "")]
    [InlineData("auto-aof-rewrite-min-size", "536870912")]
    public async Task Redis_runs_with_what_a_250_relies_on(string setting, string value)
    {
        var options = ConfigurationOptions.Parse((await system.App.GetConnectionStringAsync("redis", _timeout.Token))!);
        options.AllowAdmin = true;
        await using var connection = await ConnectionMultiplexer.ConnectAsync(options);

        var found = await connection.GetServers()[0].ConfigGetAsync(setting);

        Assert.Equal(value, Assert.Single(found).Value);
    }

    public void Dispose() => _timeout.Dispose();
}

namespace Slimta.Storage.Tests;

/// <summary>What relays tell of themselves.</summary>
public abstract partial class StorageContract
{
    [Fact]
    public async Task What_relays_tell_of_themselves_is_read_by_all_and_forgotten_when_they_say_no_more()
    {
        var time = new DateTimeOffset(2026, 1, 2, 4, 0, 0, TimeSpan.Zero);
        var state = new RelayState("relay 1", time, 3, 100)
        {
            Routes = new Dictionary<string, string> { ["*.example"] = "smart:25" },
            Destinations = [new("mx:b.test", 3, 1, 20) { FailingSince = time, CoolingUntil = time.AddSeconds(30), Problem = "refused" }],
        };
        await Storage.Relays.PublishAsync(state with { Name = "relay 0", Destinations = [] }, TimeSpan.FromMilliseconds(100), Soon);
        await Storage.Relays.PublishAsync(state with { Delivering = 1 }, TimeSpan.FromMinutes(1), Soon);
        await Storage.Relays.PublishAsync(state, TimeSpan.FromMinutes(1), Soon);

        var reader = NewStorage();
        IReadOnlyList<RelayState> told;
        do
            told = await reader.Relays.ReadAsync(Soon);
        while (told.Count > 1);

        var one = Assert.Single(told);
        Assert.Equal((state.Name, state.Time, 3, 100), (one.Name, one.Time, one.Delivering, one.Limit));
        Assert.Equal(state.Destinations, one.Destinations);
        Assert.Equal(state.Destinations[0], one.Of("b.test"));
        Assert.Null(one.Of("a.example"));
    }

    [Fact]
    public async Task How_many_are_due_before_a_time_is_counted_over_all_partitions()
    {
        var time = new DateTimeOffset(2026, 1, 2, 4, 0, 0, TimeSpan.Zero);
        for (var i = 0; i < 10; i++)
            await Storage.WriteAsync(Mail.ToThree(), Due.At(time.AddSeconds(i)));
        Assert.Equal((0, 7, 10), (await Storage.CountDueBeforeAsync(time, Soon), await Storage.CountDueBeforeAsync(time.AddSeconds(7), Soon), await Storage.CountDueBeforeAsync(time.AddDays(1), Soon)));
    }

    [Fact]
    public async Task What_relays_told_leaves_nothing_behind()
    {
        await Storage.Relays.PublishAsync(new RelayState("relay 1", DateTimeOffset.UnixEpoch, 0, 1), TimeSpan.FromMilliseconds(100), Soon);
        await using var connection = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(server.Settings);
        // It expires, and nothing tells of that.
        while (await connection.GetDatabase().KeyExistsAsync(new Slimta.Storage.Redis.Partition(_prefix, 0).Relays))
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Soon);
        await AssertNothingIsLeftAsync();
    }
}

namespace Slimta.Storage.Tests;

/// <summary>python-slimta's eight operations.</summary>
public abstract partial class StorageContract
{
    [Fact]
    public async Task Operations_on_an_unknown_id_say_so_and_leave_nothing_behind()
    {
        const string Unknown = "0-00000000000000000000000000";

        await Assert.ThrowsAsync<MessageNotFoundException>(() => Storage.SetTimestampAsync(Unknown, Due.Now));
        await Assert.ThrowsAsync<MessageNotFoundException>(() => Storage.IncrementAttemptsAsync(Unknown));
        await Assert.ThrowsAsync<MessageNotFoundException>(() => Storage.SetRecipientsDeliveredAsync(Unknown, [0]));
        await Assert.ThrowsAsync<MessageNotFoundException>(() => Storage.RemoveAsync(Unknown));
        await Assert.ThrowsAsync<MessageNotFoundException>(() => Storage.HoldAsync(Unknown, "why"));
        await Assert.ThrowsAsync<KeyNotFoundException>(() => Storage.GetAsync(Unknown));
        await Assert.ThrowsAsync<KeyNotFoundException>(() => Storage.InspectAsync(Unknown));
        await Assert.ThrowsAsync<MessageNotFoundException>(() => Storage.RemoveAsync("not an id\r\n"));
        await Assert.ThrowsAsync<KeyNotFoundException>(() => Storage.GetAsync("not an id\r\n"));

        Assert.Empty(await LoadedAsync());
        Assert.Equal(0, (await Storage.CountAsync()).Total);
    }

    [Fact]
    public async Task Load_is_not_confused_by_foreign_keys_or_by_another_queues_prefix()
    {
        var other = NewStorage(o => o.Prefix = _prefix + "2:");
        var id = await Storage.WriteAsync(Mail.ToThree());
        await other.WriteAsync(Mail.ToThree());

        Assert.Equal([id], await LoadedAsync());
    }
}

namespace Slimta.Storage.Tests;

/// <summary>Those who come at once may share a call to the server; each gets its own outcome all the same.</summary>
public abstract partial class StorageContract
{
    [Fact]
    public async Task Of_messages_written_at_once_those_that_fit_are_in_and_the_others_are_told()
    {
        const int Room = 7;
        var small = NewStorage(options => (options.MaxMessages, options.Partitions) = (Room, 1));

        var writes = Enumerable.Range(0, 40).Select(_ => small.WriteAsync(Mail.ToThree(), TimeSpan.FromHours(1))).ToList();
        await EndedAsync(writes);

        Assert.Equal(Room, writes.Count(write => write.IsCompletedSuccessfully));
        Assert.All(writes.Where(write => write.IsFaulted), write => Assert.IsType<QueueFullException>(write.Exception!.InnerException));
        Assert.Equal(writes.Where(write => write.IsCompletedSuccessfully).Select(write => write.Result).Order(), (await LoadedAsync()).Order());
    }

    [Fact]
    public async Task Of_messages_settled_at_once_each_has_its_own_end()
    {
        await Task.WhenAll(Enumerable.Range(0, Many).Select(_ => Storage.WriteAsync(Mail.ToThree())));
        var entries = await NextAsync(Many);
        var (lost, wrong, twice) = (entries[10], entries[20], entries[30]);
        // The server knows of it, and this process does not.
        var thief = new CopiedLease(lost.Lease);
        await NewStorage().RemoveAsync(lost.Id, thief);

        // The second time right behind the first, so that both are in one call.
        entries.Insert(31, twice);
        var settlements = entries.Select(entry => entry.SettleAsync(
            Settlement.Remove() with { Completed = entry == wrong ? [0, 3] : [0, 1, 2], Attempt = Mail.Attempt() })).ToList();
        await EndedAsync(settlements);

        Assert.IsType<LeaseLostException>(settlements[10].Exception!.InnerException);
        var outOfRange = Assert.IsType<ArgumentOutOfRangeException>(settlements[20].Exception!.InnerException);
        Assert.Contains("has 3 recipients", outOfRange.Message, StringComparison.Ordinal);
        var both = new[] { settlements[30], settlements[31] };
        Assert.Equal(1, both.Count(settlement => settlement.IsCompletedSuccessfully));
        Assert.Equal(1, both.Count(settlement => settlement.Exception?.InnerException is LeaseLostException));
        Assert.All(settlements.Where((_, i) => i is not (10 or 20 or 30 or 31)), settlement => Assert.Equal(1, settlement.Result.Attempts));

        // The one with the wrong index is as it was, under its lease.
        Assert.Equal([wrong.Id], await LoadedAsync());
        Assert.True(wrong.Lease.IsLive);
        await Storage.RemoveAsync(wrong.Id, wrong.Lease);
        await AssertNothingIsLeftAsync();
    }

    /// <summary>Well or not.</summary>
    private static async Task EndedAsync(IReadOnlyList<Task> tasks)
    {
        foreach (var task in tasks)
            await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}

namespace Slimta.Storage.Tests;

/// <summary>Very much is due at once.</summary>
public abstract partial class StorageContract
{
    [Fact]
    public async Task New_mail_is_handed_out_while_a_large_backlog_waits_and_so_is_the_oldest()
    {
        var writer = NewStorage(o => o.Partitions = 1);
        var ids = new List<string>();
        foreach (var part in Enumerable.Range(0, 600).Chunk(100))
            ids.AddRange(await Task.WhenAll(part.Select(_ => writer.WriteAsync(Mail.ToThree()))));
        var newest = await writer.WriteAsync(Mail.ToThree());

        var entries = await NextAsync(64, NewStorage());

        Assert.Contains(newest, entries.Select(entry => entry.Id));
        Assert.InRange(entries.Count(entry => ids.IndexOf(entry.Id) < 200), 32, 63);
    }

    [Fact]
    public async Task What_waits_for_its_turn_comes_back_in_clumps()
    {
        var storage = NewStorage(o => o.Partitions = 1);
        foreach (var _ in Enumerable.Range(0, 3))
        {
            await storage.WriteAsync(Mail.ToThree());
            await using var entry = await NextAsync(storage);
            await storage.SetTimestampAsync(entry.Id, Due.TurnAfter(TimeSpan.FromHours(1)), entry.Lease);
            var due = (await storage.InspectAsync(entry.Id)).Listing.Timestamp;
            Assert.Equal(0, due.Ticks % (TimeSpan.TicksPerSecond / 2));
            Assert.InRange(due - TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(61));
        }
    }
}

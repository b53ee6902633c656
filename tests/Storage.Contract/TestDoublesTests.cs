namespace Slimta.Storage.Tests;

/// <summary>A consumer's loop is tested with entries that no storage made.</summary>
public sealed class TestDoublesTests
{
    [Fact]
    public async Task A_loop_settles_what_it_delivered_and_gives_back_what_broke()
    {
        List<FakeEntry> entries = [new(MessageTo("good")), new(MessageTo("bad")), new(MessageTo("good"))];

        await ConsumeAsync(entries.ToAsyncEnumerable());

        Assert.Equal(["Remove", "Released", "Remove"], entries.Select(entry => entry.Fate));
        Assert.All(entries, entry => Assert.False(entry.Lease.IsLive));
    }

    /// <summary>What is tested: it knows entries, and no storage.</summary>
    private static async Task ConsumeAsync(IAsyncEnumerable<QueueEntry> entries)
    {
        await foreach (var entry in entries)
        {
            await using (entry)
            {
                if (entry.Message.Envelope.Recipients[0].Address.StartsWith("bad", StringComparison.Ordinal))
                    continue;
                await entry.MarkAsync([0]);
                await entry.SettleAsync(Settlement.Remove());
            }
        }
    }

    private static QueuedMessage MessageTo(string name) => new()
    {
        Id = name,
        Envelope = Mail.To($"{name}@example.org"),
        Attempts = 0,
        RecipientCount = 1,
    };

    private sealed class FakeEntry(QueuedMessage message) : QueueEntry(DateTimeOffset.UnixEpoch, new FakeLease(message.Id), message)
    {
        public string Fate { get; private set; } = "taken";

        public override Task<Settled> SettleAsync(Settlement settlement, CancellationToken cancellationToken = default)
        {
            End($"{settlement.Kind}");
            return Task.FromResult(new Settled(Message.Attempts + 1, []));
        }

        public override Task ReleaseAsync(CancellationToken cancellationToken = default)
        {
            End("Released");
            return Task.CompletedTask;
        }

        public override Task MarkAsync(IReadOnlyCollection<int> indexes, CancellationToken cancellationToken = default) => Task.CompletedTask;

        private void End(string fate) => (Fate, ((FakeLease)Lease).HasEnded) = (fate, true);
    }

    private sealed class FakeLease(string id) : Lease(id, token: "1")
    {
        public bool HasEnded { get; set; }
        public override DateTimeOffset Until => DateTimeOffset.MaxValue;
        public override CancellationToken Lost => CancellationToken.None;
        public override bool IsLive => !HasEnded;
    }
}

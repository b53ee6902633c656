using Slimta.Storage.Redis;
using Slimta.Storage.Tests.Support;
using StackExchange.Redis;

namespace Slimta.Storage.Tests;

/// <summary>A token that is cancelled ends the wait for a server that keeps silent, in every operation.</summary>
public sealed class CancellingTests : PatientTests
{
    /// <summary>Longer than this test is patient: what ignores its token is not ended by it either.</summary>
    private static readonly QueueOptions Slow = new() { Timeout = TimeSpan.FromMinutes(5), BodyConnections = 1 };

    private static readonly Dictionary<string, Func<RedisStorage, string, CancellationToken, Task>> Operations = new()
    {
        ["write"] = (queue, _, token) => queue.WriteAsync(Mail.ToThree(), cancellationToken: token),
        ["write large"] = (queue, _, token) => queue.WriteAsync(Mail.ToThree() with { Content = new byte[700_000] }, cancellationToken: token),
        ["commit"] = async (queue, _, token) =>
        {
            var message = queue.BeginWrite();
            await message.WriteAsync(new byte[300_000], token);
            await message.CommitAsync(Mail.ToThree() with { Content = MessageContent.None }, cancellationToken: token);
        },
        ["set timestamp"] = (queue, id, token) => queue.SetTimestampAsync(id, Due.Now, cancellationToken: token),
        ["increment attempts"] = (queue, id, token) => queue.IncrementAttemptsAsync(id, cancellationToken: token),
        ["set recipients delivered"] = (queue, id, token) => queue.SetRecipientsDeliveredAsync(id, [0], cancellationToken: token),
        ["load"] = async (queue, _, token) => await queue.LoadAsync(token).FirstAsync(token),
        ["get"] = (queue, id, token) => queue.GetAsync(id, token),
        ["remove"] = (queue, id, token) => queue.RemoveAsync(id, cancellationToken: token),
        ["browse"] = async (queue, _, token) => await queue.BrowseAsync(cancellationToken: token).FirstAsync(token),
        ["inspect"] = (queue, id, token) => queue.InspectAsync(id, token),
        ["count"] = (queue, _, token) => queue.CountAsync(token),
        ["hold"] = (queue, id, token) => queue.HoldAsync(id, "why", token),
        ["release hold"] = (queue, id, token) => queue.ReleaseHoldAsync(id, cancellationToken: token),
        ["expire held"] = (queue, id, token) => queue.ExpireHeldAsync(id, DateTimeOffset.UnixEpoch, [], token),
        ["retry now"] = (queue, id, token) => queue.RetryNowAsync(id, token),
        ["retry all now"] = (queue, _, token) => queue.RetryAllNowAsync(token),
        ["find"] = (queue, _, token) => queue.FindAsync(new(), cancellationToken: token),
        ["overview"] = (queue, _, token) => queue.OverviewAsync(cancellationToken: token),
        ["order one"] = (queue, id, token) => queue.OrderAsync(id, OperatorOrder.Drop, token),
        ["order many"] = (queue, _, token) => queue.OrderAsync(new MessageFilter(), OperatorOrder.Drop, dryRun: false, cancellationToken: token),
        ["start job"] = (queue, _, token) => queue.Jobs.StartAsync(new(), OperatorOrder.Drop, "ann", token),
        ["list jobs"] = (queue, _, token) => queue.Jobs.ListAsync(token),
        ["find job"] = (queue, _, token) => queue.Jobs.FindAsync("0123abcd", token),
        ["take job"] = (queue, _, token) => queue.Jobs.TakeAsync(token),
    };

    private static readonly Dictionary<string, Func<QueueEntry, CancellationToken, Task>> OfAnEntry = new()
    {
        ["settle"] = (entry, token) => entry.SettleAsync(Settlement.Remove(), token),
        ["settle with a report"] = (entry, token) => entry.SettleAsync(Settlement.Remove() with
        {
            NewMessages = [new(Mail.ToThree() with { Content = new byte[700_000] })],
        }, token),
        ["release"] = (entry, token) => entry.ReleaseAsync(token),
        ["mark"] = (entry, token) => entry.MarkAsync([0], token),
    };

    [Fact]
    public async Task Every_operation_that_waits_for_a_silent_server_ends_by_its_token()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var queue = new RedisStorage(ConfigurationOptions.Parse(redis.ConnectionString), Slow);
        await queue.WriteAsync(Mail.ToThree());
        await using var entries = queue.WaitAsync(2, Soon).GetAsyncEnumerator(Soon);
        Assert.True(await entries.MoveNextAsync());
        var id = await queue.WriteAsync(Mail.ToThree(), TimeSpan.FromHours(1));
        redis.Pause();
        try
        {
            foreach (var (name, operation) in Operations)
                await EndsAsync(name, token => operation(queue, id, token));
            foreach (var (name, operation) in OfAnEntry)
                await EndsAsync(name, token => operation(entries.Current, token));
        }
        finally
        {
            redis.Resume();
        }
    }

    [Fact]
    public async Task So_does_every_operation_that_is_the_first_and_waits_for_the_connection()
    {
        await using var redis = await RedisProcess.StartAsync();
        redis.Pause();
        var settings = ConfigurationOptions.Parse(redis.ConnectionString);
        settings.ConnectTimeout = 300_000;
        await using var queue = new RedisStorage(settings, Slow);
        try
        {
            foreach (var (name, operation) in Operations)
                await EndsAsync(name, token => operation(queue, "0-00000000000000000000000000", token));
        }
        finally
        {
            redis.Resume();
        }
    }

    [Fact]
    public async Task An_operation_whose_token_is_cancelled_before_changes_nothing()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var queue = new RedisStorage(ConfigurationOptions.Parse(redis.ConnectionString));
        var id = await queue.WriteAsync(Mail.ToThree(), TimeSpan.FromHours(1));
        var before = await queue.InspectAsync(id);

        foreach (var (name, operation) in Operations)
        {
            var error = await Record.ExceptionAsync(() => operation(queue, id, new CancellationToken(true)));
            Assert.True(error is OperationCanceledException, $"{name}: {error}");
        }

        Assert.Equal(before.Listing.Timestamp, (await queue.InspectAsync(id)).Listing.Timestamp);
        Assert.Equal(1, (await queue.CountAsync()).Total);
    }

    private async Task EndsAsync(string name, Func<CancellationToken, Task> operation)
    {
        using var cancel = new CancellationTokenSource();
        // When this returns, the server has been asked.
        var under = operation(cancel.Token);
        await cancel.CancelAsync();
        var error = await Record.ExceptionAsync(() => under.WaitAsync(Soon));
        Assert.True(error is OperationCanceledException && !Soon.IsCancellationRequested, $"{name}: {error}");
    }
}

using Slimta.Storage.Redis;
using StackExchange.Redis;

namespace Slimta.Storage.Tests;

/// <summary>Orders on all that match, as jobs.</summary>
public abstract partial class StorageContract
{
    [Fact]
    public async Task A_job_does_its_order_on_all_that_match_page_by_page_and_says_how_far_it_is()
    {
        await WriteAsync(1100, "a@here.test");
        await WriteAsync(10, "a@elsewhere.test");
        var order = OperatorOrder.Hold("their server is down");
        var started = await Storage.Jobs.StartAsync(new() { Domain = "here.test" }, order, "ann", Soon);
        Assert.Equal((OrderJobState.Running, 1110L, 0L), (started.State, started.Total, started.Examined));

        await using var run = (await NewStorage().Jobs.TakeAsync(Soon))!;
        Assert.Null(await Storage.Jobs.TakeAsync(Soon));
        await run.StepAsync(Soon);
        var first = await Storage.Jobs.FindAsync(started.Id, Soon);
        Assert.Equal((OrderJobState.Running, 1000L), (first.State, first.Done));
        Assert.InRange(first.Examined, 1000, 1010);
        while (run.Job.State == OrderJobState.Running)
            await run.StepAsync(Soon);
        await run.EndAsync(Soon);

        var ended = Assert.Single(await Storage.Jobs.ListAsync(Soon));
        Assert.Equal((started.Id, OrderJobState.Done, 1100L, 0L, 0L, 1110L), (ended.Id, ended.State, ended.Done, ended.Delivering, ended.Failed, ended.Examined));
        Assert.Equal((new MessageFilter { Domain = "here.test" }, order with { By = "ann" }, "ann", started.Started), (ended.Filter, ended.Order, ended.Author, ended.Started));
        Assert.NotNull(ended.Ended);
        Assert.Equal(1100, (await Storage.CountAsync(Soon)).Held);
        Assert.Null(await Storage.Jobs.TakeAsync(Soon));
        await AssertNoJobIsCountedAsync(started.Id);
    }

    [Fact]
    public async Task A_job_whose_process_died_goes_on_in_another_and_counts_each_message_once()
    {
        await WriteAsync(1100, "a@b.test");
        var order = OperatorOrder.Retry;
        var id = (await Storage.Jobs.StartAsync(new() { Domain = "b.test" }, order, "ann", Soon)).Id;
        var dead = NewStorage(o => o.HeartbeatTimeout = TimeSpan.FromSeconds(1));
        var lost = (await dead.Jobs.TakeAsync(Soon))!;
        await lost.StepAsync(Soon);
        // Of its next page it has done some, and died before it could save that.
        var waiting = (await Storage.FindAsync(new() { State = MessageState.Scheduled }, 40, cancellationToken: Soon)).Messages;
        foreach (var message in waiting)
            await dead.OrderAsync(message.Id, order with { Job = id }, Soon);

        IOrderJobRun? run;
        while ((run = await Storage.Jobs.TakeAsync(Soon)) is null)
            Soon.ThrowIfCancellationRequested();
        Assert.Equal(1000, run.Job.Done);
        while (run.Job.State == OrderJobState.Running)
            await run.StepAsync(Soon);

        Assert.Equal((OrderJobState.Done, 1100L, 0L), (run.Job.State, run.Job.Done, run.Job.Failed));
        await Assert.ThrowsAsync<JobLostException>(() => lost.StepAsync(Soon));
        var counts = await Storage.CountAsync(Soon);
        Assert.Equal((1100, 0), (counts.Due, counts.Scheduled));
        await run.EndAsync(Soon);
        await lost.DisposeAsync();
        Assert.Equal(1100, (await Storage.Jobs.FindAsync(id, Soon)).Done);
    }

    [Fact]
    public async Task A_job_that_dies_between_its_end_and_the_word_of_it_is_told_by_another()
    {
        await WriteAsync(3, "a@b.test");
        var id = (await Storage.Jobs.StartAsync(new() { Domain = "b.test" }, OperatorOrder.Drop, "ann", Soon)).Id;
        await using (var first = (await Storage.Jobs.TakeAsync(Soon))!)
            await first.StepAsync(Soon);

        // It was given back when it was disposed of.
        await using var second = (await NewStorage().Jobs.TakeAsync(Soon))!;
        await second.StepAsync(Soon);
        await second.EndAsync(Soon);

        Assert.Equal((OrderJobState.Done, 3L), (second.Job.State, second.Job.Done));
        Assert.Equal(OrderJobState.Done, (await Storage.Jobs.FindAsync(id, Soon)).State);
        await AssertNoJobIsCountedAsync(id);
    }

    [Fact]
    public async Task What_a_job_has_done_with_a_message_it_does_not_do_again()
    {
        var id = await Storage.WriteAsync(Mail.ToThree(), TimeSpan.FromHours(1));
        var retry = OperatorOrder.Retry with { Job = "0123abcd" };
        await Storage.OrderAsync(id, retry, Soon);
        await using (var entry = await NextAsync())
            await entry.SettleAsync(Settlement.Retry(TimeSpan.FromHours(1)), Soon);

        await Assert.ThrowsAsync<MessageNotFoundException>(() => Storage.OrderAsync(id, retry, Soon));

        Assert.Equal(1, (await Storage.CountAsync(Soon)).Scheduled);
        await Storage.OrderAsync(id, retry with { Job = "another1" }, Soon);
        Assert.Equal(1, (await Storage.CountAsync(Soon)).Due);
    }

    [Fact]
    public async Task A_canceled_job_stops_and_says_how_far_it_got()
    {
        await WriteAsync(1050, "a@b.test");
        var id = (await Storage.Jobs.StartAsync(new() { Domain = "b.test" }, OperatorOrder.Hold("x"), "ann", Soon)).Id;
        await using var run = (await Storage.Jobs.TakeAsync(Soon))!;
        await run.StepAsync(Soon);

        var asked = await NewStorage().Jobs.CancelAsync(id, "bob", Soon);
        Assert.Equal((OrderJobState.Running, "bob"), (asked.State, asked.CanceledBy));
        await run.StepAsync(Soon);
        await run.EndAsync(Soon);

        var ended = await Storage.Jobs.FindAsync(id, Soon);
        Assert.Equal((OrderJobState.Canceled, "bob", 1000L), (ended.State, ended.CanceledBy, ended.Done));
        Assert.Equal(1000, (await Storage.CountAsync(Soon)).Held);
        var again = await Assert.ThrowsAsync<JobEndedException>(() => Storage.Jobs.CancelAsync(id, "ann", Soon));
        Assert.Equal("bob", again.Job.CanceledBy);
        await Assert.ThrowsAsync<JobNotFoundException>(() => Storage.Jobs.CancelAsync("nosuch", "ann", Soon));
        await Assert.ThrowsAsync<JobNotFoundException>(() => Storage.Jobs.FindAsync("nosuch", Soon));
    }

    [Fact]
    public async Task What_is_delivered_is_left_alone_by_a_job_and_told()
    {
        await Storage.WriteAsync(Mail.To("a@b.test"));
        await using var entry = await NextAsync();
        await WriteAsync(5, "a@b.test");
        await Storage.Jobs.StartAsync(new(), OperatorOrder.Drop, "ann", Soon);

        var job = await RunJobAsync();

        Assert.Equal((OrderJobState.Done, 5L, 1L), (job.State, job.Done, job.Delivering));
        Assert.True(entry.Lease.IsLive);
        await Storage.RemoveAsync(entry.Id, entry.Lease, Soon);
    }

    [Fact]
    public async Task Jobs_that_run_and_that_are_kept_are_so_many_and_no_more()
    {
        var some = new MessageFilter { Domain = "b.test" };
        await Task.WhenAll(Enumerable.Range(0, IOrderJobs.MostRunning).Select(_ => Storage.Jobs.StartAsync(some, OperatorOrder.Drop, "ann", Soon)));
        await Assert.ThrowsAsync<TooManyJobsException>(() => Storage.Jobs.StartAsync(some, OperatorOrder.Drop, "ann", Soon));
        await Assert.ThrowsAsync<ArgumentException>(() => Storage.Jobs.StartAsync(new() { State = MessageState.Held }, OperatorOrder.Retry, "ann", Soon));

        for (var ended = 0; ended < IOrderJobs.MostEnded + 5; ended++)
        {
            await RunJobAsync();
            if (ended < IOrderJobs.MostEnded + 5 - IOrderJobs.MostRunning)
                await Storage.Jobs.StartAsync(some, OperatorOrder.Drop, "ann", Soon);
        }

        var kept = await Storage.Jobs.ListAsync(Soon);
        Assert.Equal(IOrderJobs.MostEnded, kept.Count);
        Assert.All(kept, job => Assert.Equal(OrderJobState.Done, job.State));
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Settings);
        var home = new Partition(_prefix, 0);
        foreach (var key in (RedisKey[])[home.Jobs, home.Orders])
            Assert.InRange(await connection.GetDatabase().KeyTimeToLiveAsync(key) ?? TimeSpan.MaxValue, TimeSpan.FromHours(23), IOrderJobs.EndedStay);
    }

    [Fact]
    public async Task A_job_that_cannot_be_read_is_ended_and_keeps_no_other_from_its_work()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Settings);
        var home = new Partition(_prefix, 0);
        await connection.GetDatabase().ScriptEvaluateAsync(
            "redis.call('ZADD', KEYS[1], 1, 'bad') redis.call('HSET', KEYS[2], 'bad', '{') return redis.call('ZADD', KEYS[1], 1, 'gone')", [home.Jobs, home.Orders]);
        await WriteAsync(1, "a@b.test");
        var id = (await Storage.Jobs.StartAsync(new() { Domain = "b.test" }, OperatorOrder.Drop, "ann", Soon)).Id;

        Assert.Equal((id, 1L), await RunJobAsync() is var job ? (job.Id, job.Done) : default);
        Assert.Null(await Storage.Jobs.TakeAsync(Soon));
        Assert.Equal(id, Assert.Single(await Storage.Jobs.ListAsync(Soon)).Id);
    }

    private Task WriteAsync(int count, string recipient) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(_ => Storage.WriteAsync(Mail.To(recipient), TimeSpan.FromHours(1))));

    private async Task<OrderJob> RunJobAsync()
    {
        await using var run = (await Storage.Jobs.TakeAsync(Soon))!;
        while (run.Job.State == OrderJobState.Running)
            await run.StepAsync(Soon);
        await run.EndAsync(Soon);
        return run.Job;
    }

    private async Task AssertNoJobIsCountedAsync(string id)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(server.Settings);
        foreach (var partition in Enumerable.Range(0, server.Partitions).Select(i => new Partition(_prefix, i)))
            Assert.False(await connection.GetDatabase().HashExistsAsync(partition.State, "job:" + id));
    }
}

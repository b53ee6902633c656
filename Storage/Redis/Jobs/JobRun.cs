using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>A job that this process runs: page by page, saved after each, and held by a sign of life while a page takes long.</summary>
/// <param name="until">Until when it is held, which tells this hold from every other.</param>
internal sealed class JobRun(QueueServer server, RedisJobs jobs, OrderWalk walk, OrderJob job, string? cursor, long until) : IOrderJobRun
{
    private const int MostFailures = 100;
    private const string GivenBack = "0";

    private readonly TimeSpan _beat = server.Options.HeartbeatTimeout / 6;
    private string? _cursor = cursor;
    private long _until = until;
    private bool _over;

    public OrderJob Job { get; private set; } = job;

    public static long HoldOf(QueueServer server) => Microseconds.Of(server.Options.HeartbeatTimeout);

    public async Task StepAsync(CancellationToken cancellationToken = default)
    {
        if (Job.State != OrderJobState.Running)
            return;
        Job = Job with { CanceledBy = await CancelerAsync(cancellationToken) };
        if (Job.CanceledBy is not null)
        {
            await SaveAsync(await CountedAsync(Ended(OrderJobState.Canceled), cancellationToken), _cursor);
            return;
        }
        OrderPage page;
        try
        {
            page = await WalkAsync(cancellationToken);
        }
        catch (Exception error) when (error is not (QueueException or OperationCanceledException))
        {
            await SaveAsync(await CountedAsync(Ended(OrderJobState.Failed) with { Problem = error.Message }, cancellationToken), _cursor);
            return;
        }
        // A page that stopped is done again, and meets the same messages again.
        var next = page.Problem is { } problem ? Job with { Problem = problem } : Job with
        {
            Problem = null,
            Examined = Job.Examined + page.Examined,
            Total = Math.Max(Job.Total, Job.Examined + page.Examined),
            Delivering = Job.Delivering + page.Delivering,
            Failed = Job.Failed + page.Failed.Count,
            Failures = [.. Job.Failures.Concat(page.Failed).Take(MostFailures)],
        };
        if (page is { Problem: null, Cursor: null })
            next = next with { State = OrderJobState.Done, Ended = server.Time.GetUtcNow() };
        await SaveAsync(await CountedAsync(next, cancellationToken), page.Cursor);
    }

    public async Task EndAsync(CancellationToken cancellationToken = default)
    {
        foreach (var partition in server.Partitions)
            await server.ChangeAsync(Script.Forget, [partition.State], [Job.Id], cancellationToken: cancellationToken);
        if ((int)(await jobs.RunAsync("end", Job.Id, ["", _until], cancellationToken))[0] != 1)
            throw Lost();
        _over = true;
    }

    public async ValueTask DisposeAsync()
    {
        if (_over)
            return;
        _over = true;
        try
        {
            await jobs.RunAsync("save", Job.Id, ["", _until, GivenBack], CancellationToken.None);
        }
        catch (QueueException)
        {
            // Others take it when this hold is over.
        }
    }

    private async Task<OrderPage> WalkAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            var page = walk.RunAsync(Job.Filter, Job.Order with { Job = Job.Id }, dryRun: false, _cursor, stop.Token);
            while (true)
            {
                await ((Task)page).WaitAsync(_beat, server.Time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (page.IsCompleted)
                    return await page;
                await SaveAsync(null, _cursor);
            }
        }
        finally
        {
            await stop.CancelAsync();
        }
    }

    private async Task<string?> CancelerAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await jobs.FindAsync(Job.Id, cancellationToken)).CanceledBy;
        }
        catch (JobNotFoundException)
        {
            throw Lost();
        }
    }

    private OrderJob Ended(OrderJobState state) => Job with { State = state, Ended = server.Time.GetUtcNow(), Problem = null };

    /// <summary>The job with the counts from the messages' own partitions.</summary>
    private async Task<OrderJob> CountedAsync(OrderJob job, CancellationToken cancellationToken)
    {
        var counts = await Task.WhenAll(server.Partitions.Select(partition => server.ReadAsync("jobs", (partition.State, Field: "job:" + job.Id),
            static (database, p) => database.HashGetAsync(p.State, p.Field), cancellationToken)));
        return job with { Done = counts.Sum(count => count.TryParse(out long n) ? n : 0) };
    }

    /// <param name="next">Null keeps it as it is, and only says that this process is there.</param>
    private async Task SaveAsync(OrderJob? next, string? place)
    {
        RedisValue json = next is null ? RedisValue.EmptyString : StoredJob.Write(next, place);
        // To its end: without the answer this process would not know its own hold.
        var reply = await jobs.RunAsync("save", Job.Id, [json, _until, HoldOf(server)], CancellationToken.None);
        if ((int)reply[0] != 1)
        {
            _over = true;
            throw Lost();
        }
        _until = (long)reply[1];
        _cursor = place;
        if (next is not null)
            Job = next;
    }

    private JobLostException Lost() => new(Job.Id);
}

using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>Jobs in partition 0: an index and a hash of their records. Each message's own partition counts the job's changes to it.</summary>
/// <param name="order">Does an order on one message.</param>
internal sealed partial class RedisJobs(
    QueueServer server, Func<string, OperatorOrder, CancellationToken, Task> order, Func<CancellationToken, Task<QueueCounts>> count, ILogger log) : IOrderJobs
{
    private RedisKey[] Keys => [server.Partitions[0].Jobs, server.Partitions[0].Orders, server.Partitions[0].State];

    public async Task<OrderJob> StartAsync(MessageFilter filter, OperatorOrder order, string author, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentNullException.ThrowIfNull(order);
        ArgumentException.ThrowIfNullOrWhiteSpace(author);
        var states = order.StatesOf(filter);
        var counts = await count(cancellationToken);
        var job = new OrderJob
        {
            Id = RandomNumberGenerator.GetHexString(8, lowercase: true),
            Filter = filter,
            Order = order with { By = author },
            Author = author,
            Started = server.Time.GetUtcNow(),
            Total = filter.Id is not null ? 1 : states.Sum(counts.Of),
        };
        var reply = await RunAsync("start", job.Id, [StoredJob.Write(job, null), IOrderJobs.MostRunning], cancellationToken);
        return (int)reply[0] == 1 ? job : throw new TooManyJobsException(IOrderJobs.MostRunning);
    }

    public async Task<IReadOnlyList<OrderJob>> ListAsync(CancellationToken cancellationToken = default)
    {
        var stored = await server.ReadAsync("jobs", server.Partitions[0].Orders, static (database, key) => database.HashGetAllAsync(key), cancellationToken);
        return [.. stored.Select(entry => StoredJob.Read(entry.Name!, entry.Value!)?.Job).OfType<OrderJob>().OrderByDescending(job => job.Started)];
    }

    public async Task<OrderJob> FindAsync(string id, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        var record = await server.ReadAsync("jobs", (server.Partitions[0].Orders, id), static (database, p) => database.HashGetAsync(p.Orders, p.id), cancellationToken);
        return (record.IsNull ? null : StoredJob.Read(id, record!)?.Job) ?? throw new JobNotFoundException(id);
    }

    public async Task<OrderJob> CancelAsync(string id, string author, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentException.ThrowIfNullOrWhiteSpace(author);
        // Refuses what is unknown or has ended; where it ends meanwhile, the reply tells.
        var job = await FindAsync(id, cancellationToken);
        if (job.State == OrderJobState.Running)
        {
            var reply = await RunAsync("cancel", id, [author.ReplaceLineEndings(" ")], cancellationToken);
            job = ((int)reply[0] == 1 ? StoredJob.Read(id, (string)reply[1]!)?.Job : null) ?? throw new JobNotFoundException(id);
        }
        return job.State == OrderJobState.Running ? job : throw new JobEndedException(job);
    }

    public async Task<IOrderJobRun?> TakeAsync(CancellationToken cancellationToken = default)
    {
        var running = await server.ReadAsync("jobs", server.Partitions[0].Jobs, static (database, key) =>
            database.SortedSetRangeByScoreAsync(key, 1, double.PositiveInfinity, take: 1), cancellationToken);
        while (running.Length > 0)
        {
            var reply = await RunAsync("take", "", ["", "", JobRun.HoldOf(server)], CancellationToken.None);
            if ((int)reply[0] != 1)
                return null;
            var (id, until) = ((string)reply[1]!, (long)reply[2]);
            if (StoredJob.Read(id, (string)reply[3]!) is { } stored)
                return new JobRun(server, this, new OrderWalk(new MessageFinder(server), order), stored.Job, stored.Cursor, until);
            LogUnreadable(log, id);
            await RunAsync("end", id, ["", until], CancellationToken.None);
        }
        return null;
    }

    /// <param name="arguments">From the script's third on.</param>
    public async Task<RedisResult[]> RunAsync(string action, string id, RedisValue[] arguments, CancellationToken cancellationToken)
    {
        var last = $"{IOrderJobs.MostEnded} {Microseconds.Of(IOrderJobs.EndedStay)}";
        RedisValue[] all = [action, id, .. arguments, .. Enumerable.Repeat(RedisValue.EmptyString, 3 - arguments.Length), last];
        return (RedisResult[])(await server.ChangeAsync(Script.Job, Keys, all, cancellationToken: cancellationToken))!;
    }

    [LoggerMessage(52, LogLevel.Error, "Job {Id} cannot be read, so it was ended; start a new job for the remaining messages")]
    private static partial void LogUnreadable(ILogger log, string id);
}

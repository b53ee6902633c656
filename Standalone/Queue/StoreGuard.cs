using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Slimta.Standalone;

/// <summary>
/// Watches the embedded Garnet's disk, log and memory, so that mail is refused well before Garnet would fail or evict. Once its log
/// could not be written, it is started again as soon as there is space: nothing that was acknowledged is lost by that.
/// </summary>
internal sealed partial class StoreGuard(
    GarnetService service, IOptions<FolderOptions> options, TimeProvider time, ILogger<StoreGuard> log) : BackgroundService, IHealthCheck
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    /// <summary>For a commit: a disk that is only slow must not have the queue opened again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Reminder = TimeSpan.FromMinutes(1);

    /// <summary>The share of Garnet's own limit, and of the machine's memory, from which on mail is refused.</summary>
    private const double Most = 0.75;

    private readonly DriveInfo _disk = new(Path.GetFullPath(options.Value.Folder));
    private bool _broken;
    private bool _said;
    private long _saidAt;

    /// <summary>Why no mail is accepted; null if it is.</summary>
    public string? Problem { get; private set; }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Problem is { } problem ? HealthCheckResult.Unhealthy(problem) : HealthCheckResult.Healthy());

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        Problem = await LookAsync(cancellationToken);
        Tell(Problem);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Problem = await LookAsync(stoppingToken);
            Tell(Problem);
        }
    }

    private async Task<string?> LookAsync(CancellationToken cancellationToken)
    {
        var garnet = service.Garnet;
        var memory = garnet.Memory();
        var needed = options.Value.MinFreeBytes + memory.Log + memory.Heap;
        var free = _disk.AvailableFreeSpace;
        _broken = _broken || !await CommitsAsync(garnet, cancellationToken);
        if (_broken && free > needed)
        {
            garnet.Restart();
            _broken = false;
            LogRestarted(log, options.Value.Folder);
        }
        if (_broken)
            return $"The queue's log cannot be written. {Disk(free, needed)}";
        if (free < needed)
            return Disk(free, needed);
        if (memory.Evicted > 0)
            return $"Garnet has evicted {memory.Evicted} bytes of its log: messages may be missing. Stop this program and start it again, and look for them.";
        var machine = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return memory.Log > memory.Limit * Most || memory.Log + memory.Heap > machine * Most
            ? $"The queue's store has taken {memory.Log + memory.Heap} bytes of memory; Garnet evicts when its log reaches {memory.Limit}, and the machine has {machine}. Let the relays drain the queue."
            : null;
    }

    private string Disk(long free, long needed) =>
        $"{options.Value.Folder} has {free} bytes free, and the queue needs {needed} (Queue:MinFreeBytes and what a checkpoint takes). Make room.";

    private async Task<bool> CommitsAsync(EmbeddedGarnet garnet, CancellationToken cancellationToken)
    {
        try
        {
            return await garnet.CommitAsync(cancellationToken).AsTask().WaitAsync(Patience, time, cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogCommitFailed(log, error.Message);
            return false;
        }
    }

    /// <summary>Once when it begins, once a minute while it lasts, once when it is over.</summary>
    private void Tell(string? problem)
    {
        if (problem is null && _said)
            LogOver(log);
        else if (problem is not null && (!_said || time.GetElapsedTime(_saidAt) > Reminder))
        {
            _saidAt = time.GetTimestamp();
            LogProblem(log, problem);
        }
        _said = problem is not null;
    }

    [LoggerMessage(200, LogLevel.Critical, "No mail is accepted (452): {Problem}")]
    private static partial void LogProblem(ILogger log, string problem);

    [LoggerMessage(201, LogLevel.Information, "Mail is accepted again")]
    private static partial void LogOver(ILogger log);

    [LoggerMessage(202, LogLevel.Critical, "The queue's log could not be written: {Problem}")]
    private static partial void LogCommitFailed(ILogger log, string problem);

    [LoggerMessage(203, LogLevel.Warning, "The queue was opened again from {Folder}, as its log can be written again")]
    private static partial void LogRestarted(ILogger log, string folder);
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Slimta.Storage;

namespace Slimta.Standalone;

/// <summary>
/// Watches the embedded Garnet's folder, disk, log and memory, so that mail is refused well before Garnet would fail or evict, and as soon as a
/// start would not find its writes again. If its log could not be written, the guard starts it again as soon as possible: that loses nothing
/// acknowledged. An error becomes a problem that the guard reports, and it goes on watching.
/// </summary>
internal sealed partial class GarnetGuard(
    GarnetService service, IOptions<GarnetOptions> options, IServiceProvider services, TimeProvider time, ILogger<GarnetGuard> log) : BackgroundService, IHealthCheck
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    /// <summary>For a commit: a disk that is only slow must not have the queue opened again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Reminder = TimeSpan.FromMinutes(1);
    /// <summary>Between two attempts to open the queue again, each of which reads all of it; between two syncs of what was noted of it.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <summary>The share of Garnet's own limit, and of the machine's memory, from which on mail is refused.</summary>
    private const double Most = 0.75;

    private readonly string _folder = Path.GetFullPath(options.Value.Folder);
    private bool _broken;
    private bool _said;
    private long _saidAt;
    private long _triedAt;
    private long _syncedAt;
    private TailNote? _noted;

    /// <summary>Why no mail is accepted; null if it is.</summary>
    public string? Problem { get; private set; }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Problem is { } problem ? HealthCheckResult.Unhealthy(problem)
            : service.Garnet.Loss is { } loss ? HealthCheckResult.Degraded(loss)
            : HealthCheckResult.Healthy());

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        Announce(Problem = await LookAsync(cancellationToken));
        await base.StartAsync(cancellationToken);
    }

    /// <summary>The next start does not find data that was not in the folder at the end: that is no good end.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (OutOfPlace() is { } problem)
        {
            LogProblem(log, problem);
            Environment.ExitCode = 1;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            Announce(Problem = await LookAsync(stoppingToken));
    }

    private async Task<string?> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            return OutOfPlace() ?? await LookInsideAsync(cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return $"The queue's folder {_folder} cannot be used: {error.Message}";
        }
    }

    private string? OutOfPlace()
    {
        try
        {
            service.Garnet.EnsureInPlace();
            return null;
        }
        catch (IOException error)
        {
            return $"{error.Message} Put the files back; or stop this program, which loses the accepted mail if they were deleted.";
        }
    }

    private async Task<string?> LookInsideAsync(CancellationToken cancellationToken)
    {
        var garnet = service.Garnet;
        var memory = garnet.IsOpen ? garnet.Memory() : new(0, 0, long.MaxValue, 0);
        var needed = options.Value.MinFreeBytes + memory.Log + memory.Heap;
        var free = new DriveInfo(_folder).AvailableFreeSpace;
        GarnetTelemetry.RecordDisk(free, needed);
        _broken = _broken || !garnet.IsOpen || !await CommitsAsync(garnet, cancellationToken);
        if (_broken && free > needed && (_triedAt == 0 || time.GetElapsedTime(_triedAt) > Pause))
        {
            _triedAt = time.GetTimestamp();
            garnet.Restart();
            (_broken, _triedAt) = (false, 0);
            LogRestarted(log, _folder);
        }
        if (_broken)
            return $"The queue's log cannot be written. {Disk(free, needed)}";
        await NoteAsync(garnet, cancellationToken);
        if (free < needed)
            return Disk(free, needed);
        if (memory.Evicted > 0)
            return $"Garnet has evicted {memory.Evicted} bytes of its log: messages may be missing. Restart this program, and check the queue for missing messages.";
        var machine = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return memory.Log > memory.Limit * Most || memory.Log + memory.Heap > machine * Most
            ? $"The queue's store has taken {memory.Log + memory.Heap} bytes of memory; Garnet evicts when its log reaches {memory.Limit}, and the machine has {machine}. Let the relays drain the queue."
            : null;
    }

    /// <summary>Notes the amount of data, where it has changed, for the next start to compare with.</summary>
    private async Task NoteAsync(EmbeddedGarnet garnet, CancellationToken cancellationToken)
    {
        if (_noted?.Tail == garnet.CommittedTail || (_noted is not null && time.GetUtcNow() - _noted.Time < Interval))
            return;
        _noted = new(garnet.CommittedTail, garnet.Segment, await CountAsync(cancellationToken), time.GetUtcNow());
        garnet.TellLeft(_noted.Messages);
        // Counting took its time.
        garnet.EnsureInPlace();
        _noted.Write(_folder);
        if (time.GetElapsedTime(_syncedAt) < Pause)
            return;
        garnet.SyncWitness();
        _syncedAt = time.GetTimestamp();
    }

    private async Task<long?> CountAsync(CancellationToken cancellationToken)
    {
        try
        {
            return services.GetService<IQueueOperator>() is { } queue ? (await queue.CountAsync(cancellationToken)).Total : null;
        }
        catch (QueueException)
        {
            return null;
        }
    }

    private string Disk(long free, long needed) =>
        $"{_folder} has {free} bytes free, and the queue needs {needed} (Garnet:MinFreeBytes and what a checkpoint takes). Make room.";

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
    private void Announce(string? problem)
    {
        GarnetTelemetry.Refusing.Record(problem is null ? 0 : 1);
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

    [LoggerMessage(203, LogLevel.Warning, "The queue was opened again from {Folder}, because its log can be written again")]
    private static partial void LogRestarted(ILogger log, string folder);
}

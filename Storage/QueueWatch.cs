using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Slimta.Storage.Redis;

namespace Slimta.Storage;

/// <summary>
/// Checks the server at start and every few seconds. An unsafe server stops the start, or later the writing of new mail until it is safe again.
/// A server that is away, or about to be safe, stops nothing, but the process is unready until it is back. Feeds the queue's gauges.
/// </summary>
internal sealed partial class QueueWatch(
    RedisStorage storage, IOptions<QueueOptions> options, TimeProvider time, ILogger<QueueWatch> log) : BackgroundService
{
    private static readonly TimeSpan WhileAway = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Sampling = TimeSpan.FromSeconds(10);

    private readonly KeyValuePair<string, object?> _queue = new("messaging.destination.name", storage.Queue);
    private string? _problem = "The queue's server has not been checked yet.";
    private QueueCounts? _counts;
    private RuleSet _rules = RuleSet.Empty;
    private long? _sampledAt;

    /// <summary>Why the queue cannot be used, as the last look or a later operation told; null if it can.</summary>
    public string? Problem => _problem ?? storage.Problem;

    /// <summary>Problems for an operator to look at, though mail flows.</summary>
    public IEnumerable<string> Drawbacks
    {
        get
        {
            var drawbacks = storage.Drawbacks;
            if (_counts is { Held: > 0 and var held, OldestHeld: var since })
                drawbacks = drawbacks.Append($"{held} {(held == 1 ? "message is" : "messages are")} held for an operator, the oldest since {since:u}.");
            if (_rules.QueuePause is { } pause)
                drawbacks = drawbacks.Append($"The queue is paused: {pause}.");
            if (_rules.Rules.Count(rule => rule.Action == RuleAction.Pause && !rule.IsForAll) is > 0 and var paused)
                drawbacks = drawbacks.Append($"{paused} {(paused == 1 ? "pause is" : "pauses are")} in force for part of the mail.");
            return drawbacks;
        }
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await CheckAsync(starting: true);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            if (_problem is null && (_sampledAt is not { } sampledAt || time.GetElapsedTime(sampledAt) >= Sampling))
            {
                await SampleAsync(stoppingToken);
            }
            var pause = options.Value.CheckInterval;
            await Task.Delay(Problem is not null && pause > WhileAway ? WhileAway : pause, time, stoppingToken);
            await CheckAsync(starting: false);
        }
    }

    private async Task CheckAsync(bool starting)
    {
        try
        {
            await storage.CheckServerAsync();
            // After an outage the connections come back one by one, and a call by one that is not there yet would fail.
            if (_problem is not null && !storage.IsWhollyConnected)
                return;
            if (_problem is not null)
                LogUsable(log);
            QueueTelemetry.RecordProblem(_queue, storage.Problem is null ? null : "operation");
            _problem = null;
        }
        catch (Exception error) when (!(starting && error is UnsafeServerException { EndsByItself: false } or QueueAccessException or QueueFormatException))
        {
            if (_problem != error.Message)
                LogProblem(log, error.Message);
            QueueTelemetry.RecordProblem(_queue, QueueTelemetry.ProblemOf(error));
            _problem = error.Message;
        }
    }

    private async Task SampleAsync(CancellationToken cancellationToken)
    {
        try
        {
            var counts = await storage.CountAsync(cancellationToken);
            foreach (var (state, count) in new[] { ("due", counts.Due), ("scheduled", counts.Scheduled), ("leased", counts.Leased), ("held", counts.Held) })
                QueueTelemetry.Depth.Record(count, _queue, new KeyValuePair<string, object?>("slimta.message.state", state));
            QueueTelemetry.Bytes.Record(counts.Bytes, _queue);
            QueueTelemetry.OldestDue.Record(AgeOf(counts.OldestDue), _queue);
            QueueTelemetry.OldestHeld.Record(AgeOf(counts.OldestHeld), _queue);
            _counts = counts;
            _rules = await storage.Rules.ReadAsync(cancellationToken);
            foreach (var action in Enum.GetValues<RuleAction>())
                QueueTelemetry.Rules.Record(_rules.Rules.Count(rule => rule.Action == action), _queue, new KeyValuePair<string, object?>("slimta.rule.action", action.ToString().ToLowerInvariant()));
            QueueTelemetry.Paused.Record(_rules.QueuePause is null ? 0 : 1, _queue);
            await storage.SweepAsync(cancellationToken);
            _sampledAt = time.GetTimestamp();
            storage.Troubles.End(nameof(SampleAsync));
        }
        catch (Exception error)
        {
            // A requested stop may end a check in any way.
            if (!cancellationToken.IsCancellationRequested && storage.Troubles.Begin(nameof(SampleAsync), error.Message))
                LogProblem(log, error.Message);
        }
    }

    private double AgeOf(DateTimeOffset? since) => since is { } then ? Math.Max(0, (time.GetUtcNow() - then).TotalSeconds) : 0;

    [LoggerMessage(40, LogLevel.Information, "The mail queue's server is reachable and keeps acknowledged mail")]
    private static partial void LogUsable(ILogger log);

    [LoggerMessage(41, LogLevel.Error, "The mail queue cannot be used: {Problem}")]
    private static partial void LogProblem(ILogger log, string problem);
}

/// <summary>Ready while the queue's server is; degraded while messages are held, or some work is slow.</summary>
internal sealed class QueueHealth(QueueWatch watch) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(watch.Problem is { } problem ? HealthCheckResult.Unhealthy(problem)
            : string.Join(" ", watch.Drawbacks) is { Length: > 0 } drawbacks ? HealthCheckResult.Degraded(drawbacks)
            : HealthCheckResult.Healthy());
}

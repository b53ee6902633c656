using Slimta.Storage;

namespace Slimta.Edge.Operator;

/// <summary>
/// Runs operators' jobs: those that are started here at once, and within seconds those that no live edge runs. Each runs by
/// itself, so that a long one keeps no other waiting.
/// </summary>
/// <param name="ordered">Null: the queue has no jobs.</param>
internal sealed partial class JobRunner(OperatorAudit audit, TimeProvider time, ILogger<JobRunner> log, IOrderJobs? ordered = null) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private volatile TaskCompletionSource _wake = New();

    /// <summary>A job was started here.</summary>
    public void Wake() => _wake.TrySetResult();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (ordered is not { } jobs)
            return;
        var running = new List<Task>();
        var problem = "";
        while (!stoppingToken.IsCancellationRequested)
        {
            _wake = New();
            try
            {
                while (await jobs.TakeAsync(stoppingToken) is { } run)
                    running.Add(RunAsync(run, stoppingToken));
                problem = "";
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                // The next look tries again; other code reports that the queue is away, and a lasting problem is logged once.
                if (error is not QueueUnavailableException && error.Message != problem)
                    LogNotTaken(log, problem = error.Message);
            }
            catch (OperationCanceledException)
            {
                break;
            }
            running.RemoveAll(task => task.IsCompleted);
            await _wake.Task.WaitAsync(Interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await Task.WhenAll(running);
    }

    private async Task RunAsync(IOrderJobRun run, CancellationToken stoppingToken)
    {
        await using (run)
        {
            if (run.Job.Examined > 0)
                LogTaken(log, run.Job.Id, run.Job.Done);
            var (told, problem) = (false, "");
            while (!stoppingToken.IsCancellationRequested)
            {
                try
                {
                    await run.StepAsync(stoppingToken);
                    if (run.Job.State != OrderJobState.Running)
                    {
                        if (!told)
                            audit.JobEnded(run.Job);
                        told = true;
                        await run.EndAsync(CancellationToken.None);
                        return;
                    }
                    if (run.Job.Problem is null)
                        continue;
                }
                catch (JobLostException)
                {
                    return;
                }
                catch (OperationCanceledException)
                {
                    return;
                }
                catch (Exception error)
                {
                    if (error is not QueueUnavailableException && error.Message != problem)
                        LogStopped(log, run.Job.Id, problem = error.Message);
                }
                await Task.Delay(Again, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(165, LogLevel.Information, "Job {Job} continues in this process; messages changed before: {Done}")]
    private static partial void LogTaken(ILogger log, string job, long done);

    [LoggerMessage(166, LogLevel.Warning, "Job {Job} cannot continue; trying again: {Problem}")]
    private static partial void LogStopped(ILogger log, string job, string problem);

    [LoggerMessage(167, LogLevel.Warning, "Operators' jobs cannot be read; trying again: {Problem}")]
    private static partial void LogNotTaken(ILogger log, string problem);
}

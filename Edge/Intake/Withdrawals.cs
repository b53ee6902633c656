using System.Collections.Concurrent;
using Slimta.Storage;

namespace Slimta.Edge.Intake;

/// <summary>
/// Takes back a message that may have been written after its client was told to come back: the client keeps the message, and would send it again.
/// </summary>
/// <param name="operating">Notes the reason in the history; null: the message is removed without one.</param>
internal sealed class Withdrawals(IQueueStorage queue, TimeProvider time, ILogger<Withdrawals> log, IQueueOperator? operating = null)
{
    /// <summary>With doubling pauses from one second on: some ten minutes, in which a server should be back.</summary>
    private const int Attempts = 10;

    /// <summary>As its history tells it: no operator dropped it.</summary>
    private static readonly OperatorOrder Withdrawal =
        OperatorOrder.DropFor("withdrawn: its sender had been told that it was not accepted, and sends it again") with { By = "the edge" };

    private readonly ConcurrentDictionary<Task, bool> _running = new();

    /// <summary>Completes when none is under way.</summary>
    public Task WhenIdle() => Task.WhenAll(_running.Keys);

    /// <param name="write">The write, under way or failed with its outcome unknown.</param>
    /// <param name="message">Disposed when it is no longer read.</param>
    /// <param name="harmless">Sending it again is harmless, so it may stay.</param>
    public void Begin(string id, Task<string> write, MessageWriter message, bool harmless)
    {
        var running = RunAsync(id, write, message, harmless);
        _running[running] = true;
        _ = running.ContinueWith(ended => _running.TryRemove(ended, out _), TaskScheduler.Default);
    }

    private async Task RunAsync(string id, Task<string> write, MessageWriter message, bool harmless)
    {
        await ((Task)write).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        await message.DisposeAsync();
        var stored = write.IsCompletedSuccessfully;
        if (harmless || !(stored || write.Exception?.InnerException is QueueUnavailableException { OutcomeUnknown: true }))
            return;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            try
            {
                await (operating?.OrderAsync(id, Withdrawal) ?? queue.RemoveAsync(id));
                EdgeLog.Withdrawn(log, id);
                EdgeTelemetry.CountWithdrawal("withdrawn");
                return;
            }
            catch (MessageNotFoundException) when (stored)
            {
                NotWithdrawn(id, "a relay had delivered it already");
                return;
            }
            catch (MessageNotFoundException)
            {
                // Never written, as far as can be told.
                EdgeTelemetry.CountWithdrawal("absent");
                return;
            }
            catch (QueueUnavailableException e) when (attempt < Attempts - 1)
            {
                // If this try removed it after all, the next does not find it.
                stored &= !e.OutcomeUnknown;
                EdgeLog.WriteFailed(log, id, e.Message);
                await Task.Delay(TimeSpan.FromSeconds(1 << attempt), time);
            }
            catch (QueueException e)
            {
                NotWithdrawn(id, e.Message);
                return;
            }
        }
    }

    private void NotWithdrawn(string id, string problem)
    {
        EdgeLog.NotWithdrawn(log, id, problem);
        EdgeTelemetry.CountWithdrawal("duplicate");
    }
}

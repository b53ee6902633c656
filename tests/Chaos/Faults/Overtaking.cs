using Slimta.Chaos.Actors;
using Slimta.Chaos.Network;

namespace Slimta.Chaos.Faults;

/// <summary>
/// A settlement that comes too late. A relay that has just sent one is stopped and the bytes are held, until the lease is over and another
/// relay has the message in its hand; then the server gets them, and the other goes on when they are answered. If it does not refuse
/// them, what the other is about to do is a second delivery that nothing excuses.
/// </summary>
internal sealed class Overtaking(Point point)
{
    /// <summary>For the other to take it: the silence, and what may be the matter with the other.</summary>
    private static readonly TimeSpan MostStopped = 3 * Settings.Silence;

    /// <summary>For the server to answer; the other's own patience is longer.</summary>
    private static readonly TimeSpan MostHeld = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource<Late> _late = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A proxy has a command or its answer in its hand.</summary>
    public async ValueTask<Passage> ReachedAsync(Link link, QueueCommand command, Moment moment)
    {
        if (moment == Moment.Asked)
        {
            if (link.Kind == point.Link && command.Step == point.Step && TryStop(link, command))
                await InTimeAsync(_taken.Task, MostStopped);
        }
        else if (_late.Task is { IsCompletedSuccessfully: true, Result: var late })
        {
            if (ReferenceEquals(command, late.Command))
            {
                _answered.TrySetResult();
            }
            else if (command.Step == QueueCommand.Fetch && link != late.Link && late.Command.Ids.Contains(command.Ids[0]))
            {
                _taken.TrySetResult();
                await InTimeAsync(_answered.Task, MostHeld);
            }
        }
        return Passage.Pass;
    }

    /// <summary>Returns when it is over, or when nothing came of it for so long.</summary>
    /// <returns>Whether the settlement was answered after the other had the message.</returns>
    public async Task<bool> OverAsync(TimeSpan patience, Journal journal, CancellationToken cancellationToken)
    {
        await ((Task)_late.Task).WaitAsync(patience, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_late.TrySetCanceled(CancellationToken.None))
            return false;
        var late = await _late.Task;
        using (late.Hold)
        {
            await InTimeAsync(_taken.Task, MostStopped);
            await InTimeAsync(_answered.Task, MostHeld);
            late.Relay.Child!.Resume();
            journal.Faults.Enqueue(new(late.At, Clock.Now, $"{point}", late.Relay.Name, Storm.ChosenPoint));
        }
        return _taken.Task.IsCompleted && _answered.Task.IsCompleted;
    }

    private bool TryStop(Link link, QueueCommand command)
    {
        var relay = link.Client!;
        if (_late.Task.IsCompleted || relay.TryHold() is not { } hold)
            return false;
        if (!_late.TrySetResult(new(Clock.Now, link, command, relay, hold)))
        {
            hold.Dispose();
            return false;
        }
        relay.Child!.Suspend();
        return true;
    }

    private static async Task InTimeAsync(Task task, TimeSpan most) =>
        await task.WaitAsync(most, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private sealed record Late(long At, Link Link, QueueCommand Command, Actor Relay, IDisposable Hold);
}

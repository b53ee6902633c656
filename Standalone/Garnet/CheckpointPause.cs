using Tsavorite.core;

namespace Slimta.Standalone;

/// <summary>
/// Keeps new keys out of the room of removed ones while Garnet takes a checkpoint. A checkpoint copies the index of the keys, and a start looks for keys that
/// are not in the copy only beyond the end that the store had before it: one that was put into older room right after the copy would be lost.
/// </summary>
internal sealed class CheckpointPause : IStateMachineCallback
{
    private readonly Lock _gate = new();
    private Action? _pause;
    private Action? _resume;
    private bool _isPaused;

    /// <summary>Before Garnet serves anyone.</summary>
    /// <param name="pause">Returns once no such key is on its way.</param>
    public void Attach(Action pause, Action resume) => (_pause, _resume) = (pause, resume);

    /// <summary>Before each part of the index is copied. Two may be at once, and both wait.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            if (_isPaused)
                return;
            _pause?.Invoke();
            _isPaused = true;
        }
    }

    /// <summary>At the end of a checkpoint. One that fails leaves the pause to the next.</summary>
    void IStateMachineCallback.BeforeEnteringState(SystemState next)
    {
        lock (_gate)
        {
            if (next.Phase != Phase.REST || !_isPaused)
                return;
            _resume?.Invoke();
            _isPaused = false;
        }
    }
}

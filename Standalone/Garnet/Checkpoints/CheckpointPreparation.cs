using System.Reflection;
using Tsavorite.core;

namespace Slimta.Standalone;

/// <summary>What Garnet leaves undone before a checkpoint, and a later start would lose keys by.</summary>
/// <remarks>
/// <para>
/// Garnet puts new keys into the room of removed ones (it calls that revivification), but not while it takes a checkpoint. A checkpoint copies the index of the
/// keys, and a start looks for keys that are not in the copy only beyond the end that the store had before it: one that was put into older room right after the
/// copy would be lost.
/// </para>
/// <para>The values of records that newer ones have replaced are released; see <see cref="SupersededValues"/>.</para>
/// </remarks>
internal sealed class CheckpointPreparation : IStateMachineCallback
{
    /// <summary>The part of the store, from its end, whose room is used again.</summary>
    public const double Fraction = 0.9;

    private readonly Lock _gate = new();
    private Action? _pause;
    private Action? _release;
    private Action? _resume;
    private bool _isPaused;

    /// <param name="store">Before it serves anyone.</param>
    /// <exception cref="MissingFieldException">This version of Garnet keeps the fraction, or its allocator, elsewhere.</exception>
    public void Attach<TFunctions, TAllocator>(TsavoriteKV<TFunctions, TAllocator> store)
        where TFunctions : IStoreFunctions
        where TAllocator : IAllocator<TFunctions>
    {
        // A pause by Garnet's own means keeps no more room for later, but still hands out what it has kept. With no part of the store there is none.
        var manager = Field(store.GetType(), "RevivificationManager");
        var fraction = Field(manager.FieldType, "revivifiableFraction");
        var allocator = (TAllocator)Field(store.GetType(), "hlog").GetValue(store)!;
        var end = 0L;
        _pause = () =>
        {
            SetFraction(0);
            end = store.Log.TailAddress;
            // Returns once no operation goes on that began before: records below the end are whole then, and no other is put there.
            store.PauseRevivification(Timeout.InfiniteTimeSpan, CancellationToken.None);
        };
        _release = () => SupersededValues.Release(store.Log, allocator, end);
        _resume = () =>
        {
            SetFraction(Fraction);
            store.ResumeRevivification();
        };

        void SetFraction(double value) => fraction.SetValueDirect(TypedReference.MakeTypedReference(store, [manager]), value);
    }

    /// <summary>Before the checkpoint notes where the store ends.</summary>
    public void Prepare()
    {
        lock (_gate)
        {
            if (!_isPaused)
                _pause?.Invoke();
            _isPaused = true;
            _release?.Invoke();
        }
    }

    /// <summary>Ends the pause with the checkpoint. One that fails leaves it to the next.</summary>
    /// <exception cref="InvalidOperationException">A checkpoint begins unprepared; it fails then, and Garnet keeps all of its log.</exception>
    public void BeforeEnteringState(SystemState next)
    {
        lock (_gate)
        {
            if (next.Phase == Phase.PREPARE && !_isPaused)
                throw new InvalidOperationException("A checkpoint began unprepared, and would lose keys: this version of Garnet names its files differently.");
            if (next.Phase != Phase.REST || !_isPaused)
                return;
            _resume?.Invoke();
            _isPaused = false;
        }
    }

    private static FieldInfo Field(Type type, string name) =>
        type.GetField(name, BindingFlags.Instance | BindingFlags.NonPublic) ?? throw new MissingFieldException(type.FullName, name);
}

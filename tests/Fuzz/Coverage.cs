using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace Slimta.Fuzz;

/// <summary>Which branches an input took, and about how often each: AFL's map.</summary>
internal sealed unsafe class Coverage : IDisposable
{
    private const int Size = 65_536;

    private readonly byte* _map = (byte*)NativeMemory.AllocZeroed(Size);
    private readonly byte[] _seen = new byte[Size];

    public Coverage() => Trace.SharedMem = _map;

    /// <summary>Branches that were taken at least once.</summary>
    public int Branches => _seen.Count(seen => seen != 0);

    public void Begin()
    {
        new Span<byte>(_map, Size).Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>True if a branch was taken that was never taken before, or another order of magnitude of times.</summary>
    public bool IsNew()
    {
        var isNew = false;
        var map = new ReadOnlySpan<byte>(_map, Size);
        for (var at = map.IndexOfAnyExcept((byte)0); at >= 0;)
        {
            var bucket = Bucket(map[at]);
            isNew |= (_seen[at] & bucket) == 0;
            _seen[at] |= bucket;
            var next = map[(at + 1)..].IndexOfAnyExcept((byte)0);
            at = next < 0 ? -1 : at + 1 + next;
        }
        return isNew;
    }

    public void Dispose()
    {
        // What runs on in the background may still write.
        Trace.SharedMem = (byte*)NativeMemory.AllocZeroed(Size);
        NativeMemory.Free(_map);
    }

    /// <summary>1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127, more: a bit each.</summary>
    private static byte Bucket(byte count) => count switch
    {
        1 => 1,
        2 => 2,
        3 => 4,
        < 8 => 8,
        < 16 => 16,
        < 32 => 32,
        < 128 => 64,
        _ => 128,
    };
}

using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Slimta.Standalone;

/// <summary>
/// Memory that stays where it is, aligned as disks want it. Writes are copied here first: Garnet goes on changing the end of a log's page and
/// the buckets of its index while they are on their way to the disk, and the sums must be those of the bytes that arrive.
/// </summary>
internal sealed class PinnedBuffer
{
    private const int Alignment = 4096;

    /// <summary>Of each size up to a MiB so many are kept: 16 MiB in all.</summary>
    private const int Kept = 8;

    private static readonly ConcurrentQueue<PinnedBuffer>[] Free = [.. Enumerable.Range(0, 32).Select(_ => new ConcurrentQueue<PinnedBuffer>())];

    private readonly byte[] _bytes;
    private readonly int _offset;
    private readonly int _class;

    private PinnedBuffer(int sizeClass)
    {
        _class = sizeClass;
        _bytes = GC.AllocateUninitializedArray<byte>((1 << sizeClass) + Alignment, pinned: true);
        var start = Marshal.UnsafeAddrOfPinnedArrayElement(_bytes, 0);
        _offset = (int)(-start & (Alignment - 1));
        Address = start + _offset;
    }

    public IntPtr Address { get; }

    public Span<byte> Span => _bytes.AsSpan(_offset, 1 << _class);

    public static PinnedBuffer CopyOf(ReadOnlySpan<byte> data)
    {
        var sizeClass = BitOperations.Log2((uint)Math.Max(data.Length, Alignment) - 1) + 1;
        if (!Free[sizeClass].TryDequeue(out var buffer))
            buffer = new(sizeClass);
        data.CopyTo(buffer.Span);
        return buffer;
    }

    public void Return()
    {
        if (_class <= 20 && Free[_class].Count < Kept)
            Free[_class].Enqueue(this);
    }
}

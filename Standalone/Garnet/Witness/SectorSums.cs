using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Slimta.Standalone;

/// <summary>
/// The checksums of one of Garnet's files, by sector, in a file beside it: the sum of what was last confirmed, and of what is being
/// written over it. Noted before the write and confirmed before Garnet hears that it is done, so what was acknowledged has its sums
/// after a kill. They are not synced with each write: after a power failure only those up to <see cref="Durable"/> count.
/// </summary>
internal sealed class SectorSums : IDisposable
{
    public const int Sector = 512;

    private const int Header = 64;
    private const int Fields = 32;
    private const int Pair = 8;
    private const ulong Magic = 0x31_6D_75_73_61_6D_6C_73;

    private readonly SafeFileHandle _file;
    private readonly Lock _gate = new();
    private readonly List<long> _inFlight = [];
    private long _end;
    private volatile bool _dirty;

    public SectorSums(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        if (RandomAccess.GetLength(_file) == 0)
        {
            // A new file outlives a power failure, so that a file without sums is never one of ours.
            WriteHeader();
            RandomAccess.FlushToDisk(_file);
        }
        Span<byte> header = stackalloc byte[Header];
        header.Clear();
        RandomAccess.Read(_file, header, 0);
        IsReadable = BinaryPrimitives.ReadUInt64LittleEndian(header) == Magic && BinaryPrimitives.ReadUInt32LittleEndian(header[Fields..]) == Of(header[..Fields]);
        Boot = new Guid(header[8..24]);
        Durable = BinaryPrimitives.ReadInt64LittleEndian(header[24..]);
        _end = Count = Math.Max(0, (RandomAccess.GetLength(_file) - Header) / Pair);
    }

    /// <summary>False: the header is damaged.</summary>
    public bool IsReadable { get; }

    /// <summary>The boot of the machine in which these were written.</summary>
    public Guid Boot { get; private set; }

    /// <summary>So many sectors from the first have their sums on the disk.</summary>
    public long Durable { get; private set; }

    /// <summary>Sectors that had a sum when this was opened.</summary>
    public long Count { get; }

    /// <summary>Never 0, which stands for none. A last part of a sector counts as if filled with zeros.</summary>
    public static uint Of(ReadOnlySpan<byte> sector)
    {
        if (sector.Length < Sector)
        {
            Span<byte> padded = stackalloc byte[Sector];
            padded.Clear();
            sector.CopyTo(padded);
            return Of(padded);
        }
        var sum = uint.MaxValue;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(sector))
            sum = BitOperations.Crc32C(sum, word);
        return sum == 0 ? 1 : sum;
    }

    /// <returns>For each sector the confirmed sum and the intended one.</returns>
    public uint[] Read()
    {
        var pairs = new uint[2 * Count];
        RandomAccess.Read(_file, MemoryMarshal.AsBytes(pairs.AsSpan()), Header);
        return pairs;
    }

    /// <summary>Starts again with the file as it is now.</summary>
    public void Reset(Guid boot, ReadOnlySpan<uint> sums)
    {
        var pairs = new uint[2 * sums.Length];
        for (var i = 0; i < pairs.Length; i++)
            pairs[i] = sums[i / 2];
        RandomAccess.SetLength(_file, Header + (long)sums.Length * Pair);
        RandomAccess.Write(_file, MemoryMarshal.AsBytes(pairs.AsSpan()), Header);
        (Boot, _end, _dirty) = (boot, sums.Length, true);
        Sync();
    }

    /// <summary>Before a write.</summary>
    public Intent Intend(Guid boot, long offset, ReadOnlySpan<byte> data)
    {
        if (Boot != boot)
        {
            Boot = boot;
            WriteHeader();
        }
        var (first, count) = (offset / Sector, (data.Length + Sector - 1) / Sector);
        var pairs = ArrayPool<uint>.Shared.Rent(2 * count);
        var span = pairs.AsSpan(0, 2 * count);
        span.Clear();
        RandomAccess.Read(_file, MemoryMarshal.AsBytes(span), Header + first * Pair);
        for (var i = 0; i < count; i++)
        {
            span[2 * i] = span[2 * i + 1];
            span[2 * i + 1] = Of(data[(i * Sector)..Math.Min(data.Length, (i + 1) * Sector)]);
        }
        lock (_gate)
            _inFlight.Add(first);
        RandomAccess.Write(_file, MemoryMarshal.AsBytes(span), Header + first * Pair);
        return new(first, count, pairs);
    }

    /// <summary>After it, once the disk has it.</summary>
    public void Confirm(Intent intent)
    {
        var span = intent.Pairs.AsSpan(0, 2 * intent.Count);
        for (var i = 0; i < intent.Count; i++)
            span[2 * i] = span[2 * i + 1];
        RandomAccess.Write(_file, MemoryMarshal.AsBytes(span), Header + intent.First * Pair);
        lock (_gate)
        {
            _inFlight.Remove(intent.First);
            _end = Math.Max(_end, intent.First + intent.Count);
        }
        _dirty = true;
        ArrayPool<uint>.Shared.Return(intent.Pairs);
    }

    /// <summary>Puts the sums on the disk.</summary>
    public void Sync()
    {
        if (!_dirty)
            return;
        _dirty = false;
        lock (_gate)
            Durable = Math.Min(_end, _inFlight.Count == 0 ? long.MaxValue : _inFlight.Min());
        RandomAccess.FlushToDisk(_file);
        WriteHeader();
        RandomAccess.FlushToDisk(_file);
    }

    public void Dispose() => _file.Dispose();

    private void WriteHeader()
    {
        Span<byte> header = stackalloc byte[Header];
        header.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(header, Magic);
        Boot.TryWriteBytes(header[8..]);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], Durable);
        BinaryPrimitives.WriteUInt32LittleEndian(header[Fields..], Of(header[..Fields]));
        RandomAccess.Write(_file, header, 0);
    }

    /// <summary>A write that is under way.</summary>
    internal readonly record struct Intent(long First, int Count, uint[] Pairs);
}

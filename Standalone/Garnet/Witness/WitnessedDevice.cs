using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tsavorite.core;

namespace Slimta.Standalone;

/// <summary>One of Garnet's files (and its segments), of which each write is witnessed. A write that cannot be witnessed is not made.</summary>
internal sealed class WitnessedDevice(IDevice inner, Witness witness) : StorageDeviceBase(inner.FileName, inner.SectorSize, inner.Capacity)
{
    private const uint Failed = 5;

    public override void Initialize(long segmentSize, LightEpoch? epoch = null, bool omitSegmentIdFromFilename = false)
    {
        base.Initialize(segmentSize, epoch, omitSegmentIdFromFilename);
        inner.Initialize(segmentSize, epoch, omitSegmentIdFromFilename);
    }

    public override void WriteAsync(
        IntPtr sourceAddress, int segmentId, ulong destinationAddress, uint numBytesToWrite, DeviceIOCompletionCallback callback, object context)
    {
        try
        {
            var file = witness.Of(GetSegmentFilename(FileName, segmentId));
            var data = MemoryMarshal.CreateReadOnlySpan(ref Unsafe.AddByteOffset(ref Unsafe.NullRef<byte>(), sourceAddress), (int)numBytesToWrite);
            var buffer = PinnedBuffer.CopyOf(data);
            var intent = file.Sums.Intend(witness.Boot, (long)destinationAddress, buffer.Span[..data.Length]);
            inner.WriteAsync(buffer.Address, segmentId, destinationAddress, numBytesToWrite, Confirm, context);

            void Confirm(uint errorCode, uint numBytes, object state, Exception? problem)
            {
                try
                {
                    if (errorCode == 0)
                    {
                        witness.EnsureInPlace(file);
                        file.Sums.Confirm(intent);
                    }
                }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException)
                {
                    (errorCode, numBytes, problem) = (Failed, 0, error);
                }
                buffer.Return();
                callback(errorCode, numBytes, state, problem);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            callback(Failed, 0, context, error);
        }
    }

    public override void ReadAsync(
        int segmentId, ulong sourceAddress, IntPtr destinationAddress, uint readLength, DeviceIOCompletionCallback callback, object context) =>
        inner.ReadAsync(segmentId, sourceAddress, destinationAddress, readLength, callback, context);

    public override void RemoveSegment(int segment)
    {
        using var forgotten = witness.Forget(GetSegmentFilename(FileName, segment));
        inner.RemoveSegment(segment);
    }

    public override void RemoveSegmentAsync(int segment, AsyncCallback callback, IAsyncResult result)
    {
        RemoveSegment(segment);
        callback(result);
    }

    public override bool Throttle() => inner.Throttle();

    public override bool TryComplete() => inner.TryComplete();

    public override long GetFileSize(int segment) => inner.GetFileSize(segment);

    public override void Reset() => inner.Reset();

    public override void Dispose() => inner.Dispose();
}

using Tsavorite.core;

namespace Slimta.Standalone;

/// <summary>The values of records that newer records of their keys have replaced.</summary>
/// <remarks>
/// <para>
/// Garnet changes a record in place, but not while it takes a checkpoint: the key gets a new record then, and the old one keeps its value, which the checkpoint
/// may still have to write. It is never released. The next checkpoint writes it as no value, a start reads that, and the checkpoint after this writes for such a
/// record nothing at all, but a length: the one of the value before.
/// </para>
/// <para>
/// A start reads values one after another, in pieces of 4 MiB. For a record of which nothing was written it reads the value of the next one; and if this reached
/// into the next piece, it cannot go back for that one, and reads what is in memory before the piece. Content was then that of another message, or was not there,
/// or the process ended.
/// </para>
/// </remarks>
internal static class SupersededValues
{
    /// <summary>Releases those that a checkpoint has left, so that the next one does not write them.</summary>
    /// <param name="log">While no checkpoint is taken.</param>
    /// <param name="end">No record below it is being made.</param>
    public static void Release<TFunctions, TAllocator>(LogAccessor<TFunctions, TAllocator> log, TAllocator allocator, long end)
        where TFunctions : IStoreFunctions
        where TAllocator : IAllocator<TFunctions>
    {
        for (var address = log.BeginAddress; address < end;)
        {
            if (address % log.PageSizeBytes == 0)
                address += PageHeader.Size;
            var record = allocator.CreateLogRecord(address);
            address += record.AllocatedSize;
            // Only a record that a newer one has replaced stays sealed, and nothing touches it any more.
            if (record.Info.Valid && record.Info.IsSealed && record.DataHeader.ValueIsObject)
                allocator.OnDispose(ref record, DisposeReason.Deleted);
        }
    }
}

namespace Slimta.Smtp.Client;

/// <summary>The bytes to send: in memory, or read piece by piece from where they are.</summary>
internal readonly struct OutgoingContent
{
    private readonly ReadOnlyMemory<byte> _whole;
    private readonly Func<CancellationToken, IAsyncEnumerable<ReadOnlyMemory<byte>>>? _read;

    public OutgoingContent(ReadOnlyMemory<byte> whole) => (_whole, Length) = (whole, whole.Length);

    /// <param name="length">Bytes in all.</param>
    /// <param name="read">Reads from the start; a piece is valid until the next one is asked for. What it throws passes through.</param>
    public OutgoingContent(long length, Func<CancellationToken, IAsyncEnumerable<ReadOnlyMemory<byte>>> read) => (Length, _read) = (length, read);

    public long Length { get; }

    public bool TryGetMemory(out ReadOnlyMemory<byte> whole)
    {
        whole = _whole;
        return _read is null;
    }

    /// <summary>Where it is not in memory.</summary>
    public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken) => _read!(cancellationToken);

    public static implicit operator OutgoingContent(byte[] whole) => new(whole);
}

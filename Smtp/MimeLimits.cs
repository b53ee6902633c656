using System.Runtime.InteropServices;
using MimeKit;

namespace Slimta.Smtp;

/// <summary>
/// Limits on the cost of parsing mail. A parser compares every line that begins with "--" with the boundary of every level, so a hundred levels
/// cost a hundred times as much; each part and field is objects; and the time to parse a field grows with the square of its length.
/// </summary>
internal sealed class MimeLimits : MimeReader
{
    /// <summary>Postfix's mime_nesting_limit.</summary>
    public const int MaxDepth = 100;

    /// <summary>Many times what people attach; a digest has some hundred.</summary>
    private const int MaxParts = 1000;

    /// <summary>Ten for each part.</summary>
    private const int MaxFields = 10_000;

    /// <summary>Of all fields: fifty for each.</summary>
    private const int MaxFieldBytes = 512 * 1024;

    /// <summary>Half a second's. A file of a hundred thousand differences, each with two such lines, has fifty levels' room.</summary>
    private const long MaxComparisons = 10_000_000;

    private readonly int _dashes;
    private int _depth;
    private int _parts;
    private int _fields;
    private long _fieldBytes;
    private bool _inHeader;
    private int _ofField;

    /// <param name="dashes">Lines that may be boundaries.</param>
    private MimeLimits(Watched stream, int dashes)
        : base(new ParserOptions { MaxMimeDepth = MaxDepth + 2 }, stream, MimeFormat.Entity)
    {
        _dashes = dashes;
        stream.HasRead = CountField;
    }

    public static async Task<bool> AllowAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        try
        {
            using var stream = new Watched(ArrayOf(message));
            await new MimeLimits(stream, message.Span.Count("\n--"u8)).ReadMessageAsync(cancellationToken);
            return true;
        }
        catch (Exception e) when (e is FormatException or TooMuchException)
        {
            return false;
        }
    }

    /// <summary>A message as a stream, where it can be without a copy.</summary>
    public static MemoryStream Open(ReadOnlyMemory<byte> message)
    {
        var bytes = ArrayOf(message);
        return new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false);
    }

    private static ArraySegment<byte> ArrayOf(ReadOnlyMemory<byte> message) => MemoryMarshal.TryGetArray(message, out var bytes) ? bytes : message.ToArray();

    protected override void OnHeadersBegin(long beginOffset, int beginLineNumber, CancellationToken cancellationToken) => (_inHeader, _ofField) = (true, 0);

    protected override void OnHeadersEnd(long beginOffset, int beginLineNumber, long endOffset, int endLineNumber, CancellationToken cancellationToken) =>
        _inHeader = false;

    protected override void OnHeaderRead(Header header, int beginLineNumber, CancellationToken cancellationToken)
    {
        _ofField = 0;
        Count(ref _fields, MaxFields);
        _fieldBytes += header.RawValue.Length;
        if (_fieldBytes > MaxFieldBytes)
            throw new TooMuchException();
    }

    protected override void OnMimePartBegin(ContentType contentType, long beginOffset, int beginLineNumber, CancellationToken cancellationToken) =>
        Count(ref _parts, MaxParts);

    protected override void OnMessagePartBegin(ContentType contentType, long beginOffset, int beginLineNumber, CancellationToken cancellationToken) => Enter();

    protected override void OnMessagePartEnd(
        ContentType contentType, long beginOffset, int beginLineNumber, long headersEndOffset, long endOffset, int lines, CancellationToken cancellationToken) => _depth--;

    protected override void OnMultipartBegin(ContentType contentType, long beginOffset, int beginLineNumber, CancellationToken cancellationToken) => Enter();

    protected override void OnMultipartEnd(
        ContentType contentType, long beginOffset, int beginLineNumber, long headersEndOffset, long endOffset, int lines, CancellationToken cancellationToken) => _depth--;

    private void Enter()
    {
        Count(ref _parts, MaxParts);
        if (++_depth > MaxDepth || (long)_depth * _dashes > MaxComparisons)
            throw new TooMuchException();
    }

    /// <summary>A field is told of when it is whole, and the reader's buffer for it has grown by then, each time by a copy.</summary>
    private void CountField(int read)
    {
        _ofField += read;
        if (_inHeader && _ofField > MaxFieldBytes)
            throw new TooMuchException();
    }

    private static void Count(ref int count, int limit)
    {
        if (++count > limit)
            throw new TooMuchException();
    }

    private sealed class TooMuchException : Exception;

    /// <summary>Counts the bytes that were read of it.</summary>
    private sealed class Watched(ArraySegment<byte> bytes) : MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false)
    {
        public Action<int> HasRead { get; set; } = static _ => { };

        public override async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            Said(await base.ReadAsync(buffer.AsMemory(offset, count), cancellationToken));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Said(await base.ReadAsync(buffer, cancellationToken));

        private int Said(int read)
        {
            HasRead(read);
            return read;
        }
    }
}

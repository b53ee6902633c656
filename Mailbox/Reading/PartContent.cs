using System.Text;
using System.Text.Unicode;
using MimeKit;

namespace Slimta.Mailbox.Reading;

/// <summary>The content of a part, decoded, and never more of it than was asked for.</summary>
internal static class PartContent
{
    /// <returns>The first bytes, and whether they are all.</returns>
    public static (ReadOnlyMemory<byte> Bytes, bool IsWhole) Read(MimePart part, int most, CancellationToken cancellationToken)
    {
        using var buffer = new Bounded(most);
        try
        {
            part.Content?.DecodeTo(buffer, cancellationToken);
            return (buffer.ToArray(), true);
        }
        catch (FullException)
        {
            return (buffer.ToArray(), false);
        }
    }

    /// <summary>Without a charset that is known it is UTF-8, or what old programs wrote.</summary>
    public static (string Text, bool IsWhole) ReadText(TextPart part, int most, CancellationToken cancellationToken)
    {
        var (bytes, isWhole) = Read(part, most, cancellationToken);
        var otherwise = isWhole && !Utf8.IsValid(bytes.Span) ? Encoding.Latin1 : Encoding.UTF8;
        return ((part.ContentType.CharsetEncoding ?? otherwise).GetString(bytes.Span), isWhole);
    }

    public static long Measure(MimeEntity part, CancellationToken cancellationToken)
    {
        using var counter = new Counter();
        switch (part)
        {
            case MimePart leaf:
                leaf.Content?.DecodeTo(counter, cancellationToken);
                break;
            case MessagePart message:
                message.Message?.WriteTo(counter, cancellationToken);
                break;
            default:
                break;
        }
        return counter.Position;
    }

    public static Task WriteAsync(MimeEntity part, Stream target, CancellationToken cancellationToken) => part switch
    {
        MimePart { Content: { } content } => content.DecodeToAsync(target, cancellationToken),
        MessagePart { Message: { } message } => message.WriteToAsync(target, cancellationToken),
        _ => Task.CompletedTask,
    };

    private sealed class FullException : Exception;

    private sealed class Bounded(int most) : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count)
        {
            var room = (int)Math.Min(count, most - Length);
            base.Write(buffer, offset, room);
            if (room < count)
                throw new FullException();
        }
    }

    /// <summary>Keeps nothing.</summary>
    private sealed class Counter : Stream
    {
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => Position;
        public override long Position { get; set; }

        public override void Flush()
        {
        }

        public override void Write(byte[] buffer, int offset, int count) => Position += count;

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}

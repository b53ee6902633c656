using System.IO.Pipelines;
using System.Text;
using Slimta.Smtp;
using Slimta.Smtp.Client;

namespace Slimta.Fuzz.Targets;

/// <summary>What a server says: replies, in little memory, however they are cut; or one of two exceptions.</summary>
internal static class ReplyTarget
{
    public static void Read(byte[] bytes)
    {
        var whole = Replies(bytes, 4096);
        Claim.Same(whole, Replies(bytes, 1));
    }

    private static string Replies(byte[] bytes, int size)
    {
        var reader = new ReplyReader(PipeReader.Create(new Cut(bytes, size), new StreamPipeReaderOptions(bufferSize: 4096, minimumReadSize: 1)));
        var said = new StringBuilder();
        try
        {
            while (true)
            {
                var reply = reader.ReadAsync(ReplyReader.KeptBytes, default).AsTask().GetAwaiter().GetResult();
                Claim.That(reply.Code is >= 0 and <= 999 && Encoding.UTF8.GetByteCount(reply.Text) <= ReplyReader.KeptBytes);
                foreach (var line in reply.Text.Split('\n'))
                    Claim.Same(line, Printable.Text(line));
                _ = Capabilities.Parse(reply);
                said.Append(reply.Code).Append(reply.EnhancedCode).Append(reply.Text).Append('\n');
            }
        }
        catch (EndOfStreamException)
        {
            return said.ToString();
        }
        catch (InvalidDataException)
        {
            return said.Append("no reply").ToString();
        }
    }

    private sealed class Cut(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}

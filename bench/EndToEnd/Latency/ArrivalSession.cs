using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text;
using Slimta.EndToEnd.Bench.Processes;

namespace Slimta.EndToEnd.Bench.Latency;

/// <summary>One client of the <see cref="ArrivalSink"/>: takes everything it says for good.</summary>
internal sealed class ArrivalSession(Stream stream, ConcurrentDictionary<string, double> arrivals)
{
    private static ReadOnlySpan<byte> End => "\r\n.\r\n"u8;

    private readonly PipeReader _input = PipeReader.Create(stream);
    private readonly StringBuilder _replies = new("220 sink.bench ESMTP\r\n");
    private string _recipient = "";
    private bool _inContent, _quit;

    public async Task RunAsync()
    {
        await ReplyAsync();
        while (!_quit)
        {
            var read = await _input.ReadAsync();
            var buffer = read.Buffer;
            while (_inContent ? TryEndContent(ref buffer) : TryCommand(ref buffer))
            {
                // All that has come; the replies go out together (RFC 2920 §3.2).
            }
            _input.AdvanceTo(buffer.Start, buffer.End);
            await ReplyAsync();
            if (read.IsCompleted)
                return;
        }
    }

    private async ValueTask ReplyAsync()
    {
        if (_replies.Length > 0)
            await stream.WriteAsync(Encoding.ASCII.GetBytes(_replies.ToString()));
        _replies.Clear();
    }

    private bool TryEndContent(ref ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryReadTo(out ReadOnlySequence<byte> _, End))
        {
            // Not to be looked at again, but for what may be the beginning of the end.
            buffer = buffer.Slice(Math.Max(0, buffer.Length - (End.Length - 1)));
            return false;
        }
        arrivals.TryAdd(_recipient, Clock.Now);
        buffer = buffer.Slice(reader.Position);
        _inContent = false;
        _replies.Append("250 2.0.0 Ok\r\n");
        return true;
    }

    private bool TryCommand(ref ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryReadTo(out ReadOnlySequence<byte> line, "\r\n"u8))
            return false;
        buffer = buffer.Slice(reader.Position);
        var command = Encoding.ASCII.GetString(line);
        switch (command.Split(' ', ':')[0].ToUpperInvariant())
        {
            case "EHLO":
                _replies.Append("250-sink.bench\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n");
                break;
            case "DATA":
                _inContent = true;
                _replies.Append("354 End with a dot\r\n");
                break;
            case "QUIT":
                _quit = true;
                _replies.Append("221 2.0.0 Bye\r\n");
                break;
            default:
                if (command.StartsWith("RCPT TO:<", StringComparison.OrdinalIgnoreCase))
                    _recipient = command[9..command.IndexOf('.', StringComparison.Ordinal)];
                _replies.Append("250 2.0.0 Ok\r\n");
                break;
        }
        return true;
    }
}

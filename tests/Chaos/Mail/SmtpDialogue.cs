using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slimta.Chaos.Mail;

/// <summary>A client's side of SMTP, one command at a time, so that it is known exactly what was answered.</summary>
internal sealed class SmtpDialogue : IDisposable
{
    private readonly TcpClient _client = new() { NoDelay = true };
    private readonly TimeSpan _patience;
    private PipeReader? _reader;

    private SmtpDialogue(TimeSpan patience) => _patience = patience;

    public static async Task<SmtpDialogue> OpenAsync(int port, string name, TimeSpan patience, CancellationToken cancellationToken)
    {
        var dialogue = new SmtpDialogue(patience);
        try
        {
            await dialogue._client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            dialogue._reader = PipeReader.Create(dialogue._client.GetStream());
            await dialogue.ReplyAsync(cancellationToken);
            await dialogue.SayAsync($"EHLO {name}", cancellationToken);
            return dialogue;
        }
        catch
        {
            dialogue.Dispose();
            throw;
        }
    }

    /// <returns>The last line of the reply.</returns>
    /// <exception cref="IOException">The connection is gone.</exception>
    /// <exception cref="TimeoutException">No reply came.</exception>
    public async Task<string> SayAsync(string line, CancellationToken cancellationToken)
    {
        await _client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), cancellationToken);
        return await ReplyAsync(cancellationToken);
    }

    /// <summary>Several commands in one write (RFC 2920).</summary>
    /// <returns>The last reply.</returns>
    public async Task<string> PipelineAsync(params string[] lines)
    {
        await _client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(string.Concat(lines.Select(line => line + "\r\n"))));
        var last = "";
        foreach (var _ in lines)
            last = await ReplyAsync(CancellationToken.None);
        return last;
    }

    /// <summary>Content and its end, with a dot more before each line that starts with one (RFC 5321 §4.5.2).</summary>
    public async Task<string> SendContentAsync(byte[] content, CancellationToken cancellationToken)
    {
        var text = Encoding.ASCII.GetString(content).Replace("\r\n.", "\r\n..", StringComparison.Ordinal);
        await _client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text + ".\r\n"), cancellationToken).AsTask()
            .WaitAsync(_patience, TimeProvider.System, cancellationToken);
        return await ReplyAsync(cancellationToken);
    }

    public void Dispose()
    {
        _reader?.Complete();
        _client.Dispose();
    }

    private async Task<string> ReplyAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var line = await LineAsync(cancellationToken).WaitAsync(_patience, TimeProvider.System, cancellationToken);
            if (line.Length < 4)
                throw new IOException($"The reply is none: {line}");
            if (line[3] == ' ')
                return line;
        }
    }

    /// <summary>A line that was cut before its end is none, however complete it looks: the id in it may be half.</summary>
    private async Task<string> LineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await _reader!.ReadAsync(cancellationToken);
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.ASCII.GetString(read.Buffer.Slice(0, end)).TrimEnd('\r');
                _reader.AdvanceTo(read.Buffer.GetPosition(1, end));
                return line;
            }
            if (read.IsCompleted)
                throw new IOException($"The server closed the connection after \"{Encoding.ASCII.GetString(read.Buffer)}\".");
            _reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}

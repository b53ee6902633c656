using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slimta.Chaos.Mail;

/// <summary>A client's side of SMTP, one command at a time, so that it is known exactly what was answered.</summary>
internal sealed class SmtpDialogue : IDisposable
{
    private readonly TcpClient _client = new() { NoDelay = true };
    private readonly TimeSpan _patience;
    private StreamReader? _reader;

    private SmtpDialogue(TimeSpan patience) => _patience = patience;

    public static async Task<SmtpDialogue> OpenAsync(int port, string name, TimeSpan patience, CancellationToken cancellationToken)
    {
        var dialogue = new SmtpDialogue(patience);
        try
        {
            await dialogue._client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            dialogue._reader = new StreamReader(dialogue._client.GetStream(), Encoding.ASCII);
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
        _reader?.Dispose();
        _client.Dispose();
    }

    private async Task<string> ReplyAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var line = await _reader!.ReadLineAsync(cancellationToken).AsTask().WaitAsync(_patience, TimeProvider.System, cancellationToken)
                ?? throw new IOException("The server closed the connection.");
            // A reply cut in its middle is none.
            if (line.Length < 4)
                throw new IOException($"The reply broke off: {line}");
            if (line[3] == ' ')
                return line;
        }
    }
}

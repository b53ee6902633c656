using System.Net;
using System.Net.Sockets;
using System.Text;
using Slimta.Chaos.Network;

namespace Slimta.Chaos.Actors;

/// <summary>Says a few words to a Redis or Garnet, past the links.</summary>
internal sealed class RedisTalk : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TcpClient _client = new() { NoDelay = true };
    private readonly RespParser _parser = new();
    private readonly byte[] _buffer = new byte[16 * 1024];

    public static async Task<RedisTalk> OpenAsync(int port)
    {
        var talk = new RedisTalk();
        await talk._client.ConnectAsync(IPAddress.Loopback, port).WaitAsync(Patience, TimeProvider.System);
        try
        {
            await talk.SayAsync("AUTH", Settings.QueuePassword);
        }
        catch (IOException)
        {
            // A Redis without a password refuses any.
        }
        return talk;
    }

    /// <summary>One command, one reply.</summary>
    /// <exception cref="SocketException"/>
    /// <exception cref="IOException">The connection is gone, or the reply is an error.</exception>
    public static async Task<IReadOnlyList<string>> SendAsync(int port, params string[] words)
    {
        using var talk = await OpenAsync(port);
        return await talk.SayAsync(words);
    }

    /// <returns>The words of the reply.</returns>
    public async Task<IReadOnlyList<string>> SayAsync(params string[] words)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        var text = new StringBuilder($"*{words.Length}\r\n");
        foreach (var word in words)
            text.Append($"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        var stream = _client.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), patience.Token);
        while (await stream.ReadAsync(_buffer, patience.Token) is var read and > 0)
        {
            if (_parser.Feed(_buffer.AsMemory(0, read)).FirstOrDefault() is { } reply)
                return reply.Type == '-' ? throw new IOException($"{string.Join(' ', words)}: {reply.Words[0]}") : reply.Words;
        }
        throw new IOException($"The server closed the connection instead of answering {words[0]}.");
    }

    public void Dispose() => _client.Dispose();

    /// <summary>A field of INFO's answer, which is longer than the parser keeps: read as text.</summary>
    public static async Task<string?> InfoAsync(int port, string section, string field)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"INFO {section}\r\nQUIT\r\n"));
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(field + ":", StringComparison.Ordinal))
                return line[(field.Length + 1)..];
        }
        return null;
    }
}

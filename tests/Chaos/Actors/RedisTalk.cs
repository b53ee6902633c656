using System.Net;
using System.Net.Sockets;
using System.Text;
using Slimta.Chaos.Network;

namespace Slimta.Chaos.Actors;

/// <summary>Says a few words to a Redis or Garnet, past the links.</summary>
internal static class RedisTalk
{
    /// <returns>The words of the reply.</returns>
    /// <exception cref="SocketException"/>
    /// <exception cref="IOException"/>
    public static async Task<IReadOnlyList<string>> AskAsync(int port, params string[] words)
    {
        using var client = new TcpClient();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20), TimeProvider.System);
        await client.ConnectAsync(IPAddress.Loopback, port, patience.Token);
        var text = new StringBuilder($"*{words.Length}\r\n");
        foreach (var word in words)
            text.Append($"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), patience.Token);
        var parser = new RespParser();
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, patience.Token) is var read and > 0)
        {
            if (parser.Feed(buffer.AsMemory(0, read)).FirstOrDefault() is { } reply)
                return reply.Words;
        }
        throw new IOException($"The server closed the connection instead of answering {words[0]}.");
    }

    /// <summary>The same, where there must be no error.</summary>
    public static async Task<IReadOnlyList<string>> TellAsync(int port, params string[] words)
    {
        var reply = await AskAsync(port, words);
        return reply is [{ Length: > 0 } first, ..] && first[0] == '-'
            ? throw new IOException($"{string.Join(' ', words)}: {first}")
            : reply;
    }

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

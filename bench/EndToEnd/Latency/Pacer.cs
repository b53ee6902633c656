using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Slimta.EndToEnd.Bench.Load;
using Slimta.EndToEnd.Bench.Processes;

namespace Slimta.EndToEnd.Bench.Latency;

/// <summary>
/// Sends messages at an even pace and notes when each was answered with 250. It says one command at a time, as smtp-source does.
/// </summary>
/// <param name="mail">Its sessions do not matter here: as many are open as the pace takes.</param>
internal sealed class Pacer(int port, Mail mail, double perSecond, string prefix)
{
    private const int Senders = 50;
    private const int LineBytes = 80;

    private readonly byte[] _content = Encoding.ASCII.GetBytes(
        "Subject: pace\r\n\r\n" + string.Concat(Enumerable.Repeat(new string('x', LineBytes - 2) + "\r\n", mail.Bytes / LineBytes)) + ".\r\n");
    private readonly double _start = Clock.Now + 0.1;
    private int _next = -1;
    private int _late;

    /// <summary>What stands before the dot in its recipients → when it was accepted, by the run's clock.</summary>
    public ConcurrentDictionary<string, double> Accepted { get; } = new(StringComparer.Ordinal);

    /// <summary>Messages that could not be sent when their time came.</summary>
    public int Late => _late;

    public Task RunAsync(int messages, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, Senders).Select(_ => SendAsync(messages, cancellationToken)));

    private async Task SendAsync(int messages, CancellationToken cancellationToken)
    {
        Socket? open = null;
        while (Interlocked.Increment(ref _next) is var number && number < messages)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var ahead = _start + number / perSecond - Clock.Now;
            if (ahead > 0)
                await Clock.Wait(ahead);
            else if (ahead < -0.1)
                Interlocked.Increment(ref _late);
            open ??= await OpenAsync();
            await SendOneAsync(open, prefix + number.ToString(CultureInfo.InvariantCulture));
            if (!mail.Kept)
            {
                await CloseAsync(open);
                open = null;
            }
        }
        if (open is not null)
            await CloseAsync(open);
    }

    private async Task<Socket> OpenAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        await ReplyAsync(socket, "220");
        await SayAsync(socket, "EHLO source.bench\r\n", "250");
        return socket;
    }

    private async Task SendOneAsync(Socket socket, string number)
    {
        await SayAsync(socket, "MAIL FROM:<sender@source.bench>\r\n", "250");
        for (var i = 0; i < mail.Recipients; i++)
            await SayAsync(socket, $"RCPT TO:<{number}.{i}@sink.bench>\r\n", "250");
        await SayAsync(socket, "DATA\r\n", "354");
        await SayAsync(socket, _content, "250");
        Accepted[number] = Clock.Now;
    }

    private static async Task CloseAsync(Socket socket)
    {
        using (socket)
            await SayAsync(socket, "QUIT\r\n", "221");
    }

    private static Task SayAsync(Socket socket, string text, string expected) => SayAsync(socket, Encoding.ASCII.GetBytes(text), expected);

    private static async Task SayAsync(Socket socket, byte[] bytes, string expected)
    {
        for (var sent = 0; sent < bytes.Length;)
            sent += await socket.SendAsync(bytes.AsMemory(sent));
        await ReplyAsync(socket, expected);
    }

    /// <summary>A reply is over with a line that has a space after its code (RFC 5321 §4.2).</summary>
    private static async Task ReplyAsync(Socket socket, string expected)
    {
        var buffer = new byte[1024];
        var text = "";
        while (!IsWhole(text))
        {
            var got = await socket.ReceiveAsync(buffer);
            if (got == 0)
                throw new IOException("the connection was closed");
            text += Encoding.ASCII.GetString(buffer, 0, got);
        }
        if (!text.StartsWith(expected, StringComparison.Ordinal))
            throw new IOException($"'{text.Trim()}' where {expected} was expected");
    }

    private static bool IsWhole(string text)
    {
        if (!text.EndsWith("\r\n", StringComparison.Ordinal))
            return false;
        var last = text.LastIndexOf('\n', text.Length - 2) + 1;
        return text.Length > last + 3 && text[last + 3] == ' ';
    }
}

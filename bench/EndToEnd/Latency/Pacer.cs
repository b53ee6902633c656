using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Slimta.EndToEnd.Bench.Processes;

namespace Slimta.EndToEnd.Bench.Latency;

/// <summary>
/// Sends messages of 4 KiB at an even pace, each over a connection of its own, and notes when each was answered with 250. It says
/// one command at a time, as smtp-source does.
/// </summary>
internal sealed class Pacer(int port, double perSecond, string prefix)
{
    private const int Senders = 50;

    private static readonly string Content = "Subject: pace\r\n\r\n" + string.Concat(Enumerable.Repeat(new string('x', 78) + "\r\n", 51)) + ".\r\n";

    private readonly double _start = Clock.Now + 0.1;
    private int _next = -1;
    private int _late;

    /// <summary>The recipient's local part → when it was accepted, by the run's clock.</summary>
    public ConcurrentDictionary<string, double> Accepted { get; } = new(StringComparer.Ordinal);

    /// <summary>Messages that could not be sent when their time came.</summary>
    public int Late => _late;

    public Task RunAsync(int messages, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, Senders).Select(_ => SendAsync(messages, cancellationToken)));

    private async Task SendAsync(int messages, CancellationToken cancellationToken)
    {
        while (Interlocked.Increment(ref _next) is var number && number < messages)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var ahead = _start + number / perSecond - Clock.Now;
            if (ahead > 0)
                await Clock.Wait(ahead);
            else if (ahead < -0.1)
                Interlocked.Increment(ref _late);
            await SendOneAsync(prefix + number.ToString(CultureInfo.InvariantCulture));
        }
    }

    private async Task SendOneAsync(string number)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        await ReplyAsync(socket, "220");
        await SayAsync(socket, "EHLO source.bench\r\n", "250");
        await SayAsync(socket, "MAIL FROM:<sender@source.bench>\r\n", "250");
        await SayAsync(socket, $"RCPT TO:<{number}@sink.bench>\r\n", "250");
        await SayAsync(socket, "DATA\r\n", "354");
        await SayAsync(socket, Content, "250");
        Accepted[number] = Clock.Now;
        await SayAsync(socket, "QUIT\r\n", "221");
    }

    private static async Task SayAsync(Socket socket, string text, string expected)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
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

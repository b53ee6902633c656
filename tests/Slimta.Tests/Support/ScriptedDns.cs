using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slimta.Tests.Relay;

/// <summary>
/// A DNS server over UDP and TCP that knows what a test tells it: "MX b.test" to "10 mx.b.test", "A mx.b.test" to "127.0.0.1",
/// "CNAME c.test" to "b.test". A name with "!" before it fails, with "~" gets no answer, with "^" is refused, with "%" comes in bytes
/// that drip over TCP and never end.
/// </summary>
internal sealed class ScriptedDns : IAsyncDisposable
{
    /// <summary>RFC 1035 §4.2.1.</summary>
    private const int MaxUdpBytes = 512;

    private readonly UdpClient _socket;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, string[]> _records;
    private readonly Task _run;

    /// <param name="records">A name that no record has does not exist.</param>
    public ScriptedDns(Dictionary<string, string[]> records)
    {
        _records = records;
        (_listener, _socket) = Listen();
        _run = Task.WhenAll(RunAsync(), ListenAsync());
    }

    public string Address => _socket.Client.LocalEndPoint!.ToString()!;

    /// <summary>Questions that came, as "MX b.test".</summary>
    public System.Collections.Concurrent.ConcurrentQueue<string> Questions { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _socket.Dispose();
        _listener.Dispose();
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    /// <summary>Both on one port: what is free for the one may be taken for the other.</summary>
    private static (TcpListener Tcp, UdpClient Udp) Listen()
    {
        while (true)
        {
            var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            try
            {
                return (listener, new UdpClient((IPEndPoint)listener.LocalEndpoint));
            }
            catch (SocketException)
            {
                listener.Dispose();
            }
        }
    }

    private async Task RunAsync()
    {
        while (true)
        {
            var question = await _socket.ReceiveAsync(_stop.Token);
            if (Answer(question.Buffer) is not { } answer)
                continue;
            if (answer.Length > MaxUdpBytes || IsMarked('%', NameOf(question.Buffer)))
            {
                // Truncated: there is more by TCP (RFC 1035 §4.2.1).
                answer = answer[..(AtEnd(question.Buffer) + 5)];
                (answer[2], answer[6], answer[7]) = ((byte)(answer[2] | 2), 0, 0);
            }
            await _socket.SendAsync(answer, question.RemoteEndPoint, _stop.Token);
        }
    }

    private async Task ListenAsync()
    {
        while (true)
            _ = AnswerAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            var stream = client.GetStream();
            var length = new byte[2];
            while (true)
            {
                await stream.ReadExactlyAsync(length, _stop.Token);
                var question = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(question, _stop.Token);
                if (IsMarked('%', NameOf(question)))
                {
                    await stream.WriteAsync(new byte[] { 1, 0, question[0] }, _stop.Token);
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _stop.Token);
                }
                if (Answer(question) is not { } answer)
                    continue;
                BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)answer.Length);
                await stream.WriteAsync((byte[])[.. length, .. answer], _stop.Token);
            }
        }
    }

    private bool IsMarked(char mark, string name) => _records.ContainsKey(mark + name);

    private static int AtEnd(byte[] question)
    {
        var at = 12;
        while (question[at] > 0)
            at += question[at] + 1;
        return at;
    }

    private static string NameOf(byte[] question)
    {
        var labels = new List<string>();
        for (var at = 12; question[at] > 0; at += question[at] + 1)
            labels.Add(Encoding.ASCII.GetString(question, at + 1, question[at]));
        return string.Join('.', labels);
    }

    private byte[]? Answer(byte[] question)
    {
        var name = NameOf(question);
        var at = AtEnd(question);
        var type = BinaryPrimitives.ReadUInt16BigEndian(question.AsSpan(at + 1));
        var end = at + 5;
        var word = type switch { 1 => "A", 15 => "MX", 28 => "AAAA", _ => "?" };
        Questions.Enqueue($"{word} {name}");
        if (IsMarked('~', name))
            return null;
        // As a resolver does, it brings what the alias stands for as well.
        var alias = _records.GetValueOrDefault($"CNAME {name}") ?? [];
        var records = _records.GetValueOrDefault($"{word} {(alias.Length > 0 ? alias[0] : name)}") ?? [];
        var code = IsMarked('!', name) ? 2 : IsMarked('^', name) ? 5 : IsMarked('%', name) || _records.Keys.Any(key => key.EndsWith(" " + name, StringComparison.Ordinal)) ? 0 : 3;

        var answer = new List<byte>(question[..end]) { [2] = 0x81, [3] = (byte)(0x80 | code), [6] = 0, [7] = (byte)(alias.Length + records.Length), [10] = 0, [11] = 0 };
        foreach (var target in alias)
            Add([0xC0, 12], 5, Name(target));
        foreach (var record in records)
            Add(alias.Length > 0 ? Name(alias[0]) : [0xC0, 12], type, Data(word, record));
        return [.. answer];

        void Add(byte[] owner, ushort recordType, byte[] data) => answer.AddRange([.. owner, 0, (byte)recordType, 0, 1, 0, 0, 0, 60, 0, (byte)data.Length, .. data]);
    }

    private static byte[] Data(string type, string record)
    {
        if (type != "MX")
            return IPAddress.Parse(record).GetAddressBytes();
        var (preference, host) = (byte.Parse(record.Split(' ')[0]), record.Split(' ')[1].Trim('.'));
        return [0, preference, .. Name(host)];
    }

    private static byte[] Name(string host) =>
        [.. host.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(label => Encoding.ASCII.GetBytes(label).Prepend((byte)label.Length)), 0];
}

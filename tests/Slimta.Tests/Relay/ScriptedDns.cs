using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slimta.Tests.Relay;

/// <summary>A DNS server over UDP that knows what a test tells it: "MX b.test" to "10 mx.b.test", "A mx.b.test" to "127.0.0.1".</summary>
internal sealed class ScriptedDns : IAsyncDisposable
{
    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly Dictionary<string, string[]> _records;
    private readonly Task _run;

    /// <param name="records">"!name" to "SERVFAIL" fails; a name that no record has does not exist.</param>
    public ScriptedDns(Dictionary<string, string[]> records)
    {
        _records = records;
        _run = RunAsync();
    }

    public string Address => _socket.Client.LocalEndPoint!.ToString()!;

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunAsync()
    {
        while (true)
        {
            var question = await _socket.ReceiveAsync();
            await _socket.SendAsync(Answer(question.Buffer), question.RemoteEndPoint);
        }
    }

    private byte[] Answer(byte[] question)
    {
        var labels = new List<string>();
        var at = 12;
        for (; question[at] > 0; at += question[at] + 1)
            labels.Add(Encoding.ASCII.GetString(question, at + 1, question[at]));
        var name = string.Join('.', labels);
        var type = BinaryPrimitives.ReadUInt16BigEndian(question.AsSpan(at + 1));
        var end = at + 5;
        var word = type switch { 1 => "A", 15 => "MX", 28 => "AAAA", _ => "?" };
        var records = _records.GetValueOrDefault($"{word} {name}") ?? [];
        var code = _records.ContainsKey("!" + name) ? 2 : _records.Keys.Any(key => key.EndsWith(" " + name, StringComparison.Ordinal)) ? 0 : 3;

        var answer = new List<byte>(question[..end]) { [2] = 0x81, [3] = (byte)(0x80 | code), [6] = 0, [7] = (byte)records.Length, [10] = 0, [11] = 0 };
        foreach (var record in records)
        {
            var data = Data(word, record);
            answer.AddRange([0xC0, 12, 0, (byte)type, 0, 1, 0, 0, 0, 60, 0, (byte)data.Length, .. data]);
        }
        return [.. answer];
    }

    private static byte[] Data(string type, string record)
    {
        if (type != "MX")
            return IPAddress.Parse(record).GetAddressBytes();
        var (preference, host) = (byte.Parse(record.Split(' ')[0]), record.Split(' ')[1].Trim('.'));
        var name = host.Length == 0 ? [] : host.Split('.').SelectMany(label => Encoding.ASCII.GetBytes(label).Prepend((byte)label.Length));
        return [0, preference, .. name, 0];
    }
}

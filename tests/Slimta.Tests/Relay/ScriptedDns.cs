using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slimta.Tests.Relay;

/// <summary>A DNS server over UDP that knows what a test tells it: "MX b.test" to "10 mx.b.test", "A mx.b.test" to "127.0.0.1", "CNAME c.test" to "b.test".</summary>
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
        // As a resolver does, it brings what the alias stands for as well.
        var alias = _records.GetValueOrDefault($"CNAME {name}") ?? [];
        var records = _records.GetValueOrDefault($"{word} {(alias.Length > 0 ? alias[0] : name)}") ?? [];
        var code = _records.ContainsKey("!" + name) ? 2 : _records.Keys.Any(key => key.EndsWith(" " + name, StringComparison.Ordinal)) ? 0 : 3;

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

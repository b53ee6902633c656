using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slimta.Chaos.Sick;

/// <summary>The name server of the sick destinations: for some it hangs or fails, until they are well.</summary>
internal sealed class SickDns : IAsyncDisposable
{
    private const int A = 1, Mx = 15;
    private const byte ServerFailure = 2, NoSuchName = 3;

    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly Task _run;
    private volatile bool _well;

    public SickDns() => _run = Task.Run(RunAsync);

    public string Address => _socket.Client.LocalEndPoint!.ToString()!;

    public void Heal() => _well = true;

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunAsync()
    {
        while (true)
        {
            UdpReceiveResult question;
            try
            {
                question = await _socket.ReceiveAsync();
            }
            catch (SocketException)
            {
                // On Linux a client that has gone makes the next call fail.
                continue;
            }
            if (Answer(question.Buffer) is { } answer)
                await _socket.SendAsync(answer, question.RemoteEndPoint);
        }
    }

    /// <returns>Null: it hangs.</returns>
    private byte[]? Answer(byte[] question)
    {
        var (name, end) = NameIn(question);
        var type = BinaryPrimitives.ReadUInt16BigEndian(question.AsSpan(end));
        var domain = SickDomain.Find(name);
        if (domain is { Kind: Sickness.Hang } && !_well)
            return null;
        var code = domain is null ? NoSuchName : domain.Value.Kind == Sickness.Fail && !_well ? ServerFailure : (byte)0;
        byte[]? data = (code, type) switch
        {
            (0, Mx) => [0, 10, .. Labels("mx." + name)],
            (0, A) => domain!.Value.Address,
            _ => null,
        };
        var answer = new List<byte>(question[..(end + 4)]) { [2] = 0x81, [3] = (byte)(0x80 | code), [6] = 0, [7] = (byte)(data is null ? 0 : 1), [8] = 0, [9] = 0, [10] = 0, [11] = 0 };
        if (data is not null)
            answer.AddRange([0xC0, 12, 0, (byte)type, 0, 1, 0, 0, 0, 1, 0, (byte)data.Length, .. data]);
        return [.. answer];
    }

    private static (string Name, int End) NameIn(byte[] question)
    {
        var labels = new List<string>();
        var at = 12;
        for (; question[at] > 0; at += question[at] + 1)
            labels.Add(Encoding.ASCII.GetString(question, at + 1, question[at]));
        return (string.Join('.', labels), at + 1);
    }

    private static byte[] Labels(string host) =>
        [.. host.Split('.').SelectMany(label => Encoding.ASCII.GetBytes(label).Prepend((byte)label.Length)), 0];
}

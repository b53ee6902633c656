using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Slimta.Tests.Client;

/// <summary>How the server's bytes are cut into writes: framing bugs show in one of them.</summary>
public enum Chunks
{
    Whole,
    ByLine,
    ByByte,
}

/// <summary>
/// A server that follows a script, one per connection, by bytes. A line of a script is one of
/// "S: text" (send), "C: text" (the client must say this; * for anything), "C: ..." (content up to the final dot),
/// "C: #n" (n bytes), "ASK" (hear a line and send what <see cref="Answer"/> makes of it), "TLS" (handshake), "TLS-MUTUAL" (the same, and the client must show a certificate), "WAIT" (for <see cref="Go"/>), "HANG" (until the client goes), "RESET" (drop without FIN); at its end it closes.
/// </summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Queue<string[]> _scripts;
    private readonly CancellationTokenSource _stop = new();
    private readonly Chunks _chunks;
    private readonly Task _run;
    private readonly List<string> _problems = [];

    public ScriptedServer(Chunks chunks, params string[] scripts)
    {
        _chunks = chunks;
        _scripts = new(scripts.Select(script => script.Split('\n').Select(line => line.Trim(' ', '\t', '\r')).Where(line => line.Length > 0).ToArray()));
        _listener.Start();
        _run = RunAsync();
    }

    public ScriptedServer(params string[] scripts)
        : this(Chunks.Whole, scripts)
    {
    }

    /// <summary>One that signs itself.</summary>
    private static readonly X509Certificate2 Own = MakeCertificate();

    /// <summary>What it shows in a handshake.</summary>
    public X509Certificate2 Certificate { get; init; } = Own;

    /// <summary>What it says to a line that ASK has heard.</summary>
    public Func<string, string> Answer { get; init; } = _ => "500 no answer";

    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndpoint;
    public List<byte[]> Contents { get; } = [];
    public int Connections { get; private set; }

    /// <summary>Is set when the script comes to HANG or WAIT.</summary>
    public SemaphoreSlim Hanging { get; } = new(0);

    /// <summary>Bytes that came at HANG.</summary>
    public int Hung { get; private set; }

    public SemaphoreSlim Go { get; } = new(0);

    /// <summary>Everything went by the script.</summary>
    public async Task FollowedAsync()
    {
        await _run.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Empty(_problems);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (_scripts.TryDequeue(out var script))
        {
            using var socket = await _listener.AcceptSocketAsync(_stop.Token);
            Connections++;
            socket.NoDelay = true;
            try
            {
                await PlayAsync(script, socket);
            }
            catch (Exception e) when (e is IOException or SocketException or System.Security.Authentication.AuthenticationException)
            {
                _problems.Add($"connection {Connections}: {e.Message}");
            }
        }
    }

    /// <summary>Offline: otherwise this side would fetch what its own certificate names.</summary>
    private SslStreamCertificateContext Shown() => SslStreamCertificateContext.Create(Certificate, null, offline: true);

    private async Task PlayAsync(string[] script, Socket socket)
    {
        Stream stream = new NetworkStream(socket);
        for (var i = 0; i < script.Length; i++)
        {
            switch (script[i])
            {
                case "TLS":
                    var tls = new SslStream(stream);
                    await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = Shown() });
                    stream = tls;
                    break;
                case "TLS-MUTUAL":
                    var mutual = new SslStream(stream, false, (_, certificate, _, _) => certificate is not null);
                    await mutual.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = Shown(), ClientCertificateRequired = true });
                    stream = mutual;
                    break;
                case "ASK":
                    await SayAsync(stream, ["S: " + Answer(await HearLineAsync(stream))]);
                    break;
                case "WAIT":
                    Hanging.Release();
                    await Go.WaitAsync(_stop.Token);
                    break;
                case "HANG":
                    Hanging.Release();
                    while (await stream.ReadAsync(new byte[4096], _stop.Token) is var read and > 0)
                        Hung += read;
                    return;
                case "RESET":
                    socket.LingerState = new LingerOption(true, 0);
                    return;
                case var say when say.StartsWith("S: ", StringComparison.Ordinal):
                    var from = i;
                    while (i + 1 < script.Length && script[i + 1].StartsWith("S: ", StringComparison.Ordinal))
                        i++;
                    await SayAsync(stream, script[from..(i + 1)]);
                    break;
                case var hear:
                    await HearAsync(stream, hear[3..]);
                    break;
            }
        }
    }

    private async Task SayAsync(Stream stream, string[] lines)
    {
        var bytes = lines.Select(line => Encoding.UTF8.GetBytes(line[3..].Replace("\\n", "\n", StringComparison.Ordinal) + "\r\n")).ToArray();
        byte[][] writes = _chunks switch
        {
            Chunks.Whole => [bytes.SelectMany(b => b).ToArray()],
            Chunks.ByLine => bytes,
            _ => [.. bytes.SelectMany(b => b).Select(b => new[] { b })],
        };
        foreach (var write in writes)
            await stream.WriteAsync(write, _stop.Token);
    }

    private async Task HearAsync(Stream stream, string expected)
    {
        if (expected.StartsWith('#'))
        {
            var bytes = new byte[int.Parse(expected[1..])];
            await stream.ReadExactlyAsync(bytes, _stop.Token);
            Contents.Add(bytes);
            return;
        }
        var heard = await HearAsync(stream, expected == "..." ? "\r\n.\r\n" : "\r\n", expected);
        var line = Encoding.UTF8.GetString([.. heard.SkipLast(2)]);
        if (expected == "...")
            Contents.Add([.. heard]);
        else if (expected != "*" && line != expected)
            _problems.Add($"expected '{expected}', heard '{line}'");
    }

    private async Task<string> HearLineAsync(Stream stream) =>
        Encoding.UTF8.GetString([.. (await HearAsync(stream, "\r\n", "a line")).SkipLast(2)]);

    private async Task<List<byte>> HearAsync(Stream stream, string end, string expected)
    {
        var heard = new List<byte>();
        var one = new byte[1];
        while (heard.Count < end.Length || !end.Select(c => (byte)c).SequenceEqual(heard.TakeLast(end.Length)))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
                throw new IOException($"closed instead of '{expected}'");
            heard.Add(one[0]);
        }
        return heard;
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=mx.test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(80));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
    }
}

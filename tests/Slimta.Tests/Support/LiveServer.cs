using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Slimta.Smtp.Server;

namespace Slimta.Tests.Smtp.Server;

/// <summary>A server on its own port.</summary>
internal sealed class LiveServer : IAsyncDisposable
{
    private static readonly Lazy<X509Certificate2> Certificate = new(MakeCertificate);

    private LiveServer(SmtpServer server) => Server = server;

    public SmtpServer Server { get; }

    public static async Task<LiveServer> StartAsync(SmtpHandler handler, Action<SmtpServerOptions>? configure = null, TimeProvider? time = null, bool implicitTls = false)
    {
        var options = new SmtpServerOptions { Hostname = "mx.test", Endpoints = { new(new(IPAddress.Loopback, 0), implicitTls) } };
        configure?.Invoke(options);
        var server = new SmtpServer(options, handler, NullLoggerFactory.Instance, time);
        await server.StartAsync();
        return new(server);
    }

    public static SslServerAuthenticationOptions Tls() => new() { ServerCertificate = Certificate.Value };

    public async Task<LiveClient> ConnectAsync()
    {
        var socket = new TcpClient { NoDelay = true };
        await socket.ConnectAsync(Server.Endpoints[0]);
        return new(socket);
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    public static X509Certificate2 MakeCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=mx.test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var start = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        return X509CertificateLoader.LoadPkcs12(request.CreateSelfSigned(start, start.AddYears(80)).Export(X509ContentType.Pfx), null);
    }
}

/// <summary>A client that says exactly what it is told.</summary>
internal sealed class LiveClient(TcpClient socket) : IDisposable
{
    private Stream _stream = socket.GetStream();

    public async Task SayAsync(string text) => await _stream.WriteAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>The next reply, all lines; null if the server closed.</summary>
    public async Task<string?> HearAsync()
    {
        var reply = new StringBuilder();
        var octet = new byte[1];
        var line = 0;
        while (await _stream.ReadAsync(octet) > 0)
        {
            reply.Append((char)octet[0]);
            if (octet[0] != '\n')
                continue;
            if (reply.Length - line > 3 && reply[line + 3] == ' ')
                return reply.ToString().TrimEnd().ReplaceLineEndings("|");
            line = reply.Length;
        }
        return reply.Length == 0 ? null : reply.ToString();
    }

    public async Task<string?> AskAsync(string line)
    {
        await SayAsync(line + "\r\n");
        return await HearAsync();
    }

    public async Task UpgradeAsync()
    {
        var tls = new SslStream(_stream, false, (_, certificate, _, _) => certificate?.Subject == "CN=mx.test");
        await tls.AuthenticateAsClientAsync("localhost");
        _stream = tls;
    }

    public void HalfClose() => socket.Client.Shutdown(SocketShutdown.Send);

    public void Dispose() => socket.Dispose();
}

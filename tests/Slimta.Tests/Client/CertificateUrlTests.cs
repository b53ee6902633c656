using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Trace;
using Slimta.Storage.Redis;
using Slimta.Tests.Smtp.Server;
using StackExchange.Redis;

namespace Slimta.Tests.Client;

/// <summary>A certificate names URLs of its issuer and of revocation lists; who shows it must not make us connect there.</summary>
public sealed class CertificateUrlTests : IDisposable
{
    private readonly Trap _trap = new();
    private readonly TestAuthority _authority = new();
    private readonly X509Certificate2 _certificate;

    public CertificateUrlTests() => _certificate = _trap.Issue(_authority);

    public void Dispose()
    {
        _certificate.Dispose();
        _authority.Dispose();
        _trap.Dispose();
    }

    [Fact]
    public async Task The_trap_catches_a_chain_builder_that_fetches()
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.Online;
        chain.ChainPolicy.UrlRetrievalTimeout = TimeSpan.FromMilliseconds(500);
        await Task.Run(() => chain.Build(_certificate));
        Assert.True(_trap.WasContacted());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_relay_fetches_nothing_that_a_mail_server_s_certificate_names(bool trusted)
    {
        await using var server = new ScriptedServer("S: 220 hi\nC: *\nS: 250-hi\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\nTLS\nC: *\nS: 250 hi\nHANG") { Certificate = _certificate };
        await using var connection = await server.OpenAsync(authorities: trusted ? Slimta.Smtp.Client.ServerCertificate.ReadAuthorities(_authority.File) : null);
        Assert.Matches("certificate not verified", connection.Tls);
        Assert.False(_trap.WasContacted());
    }

    [Fact]
    public async Task The_edge_fetches_nothing_that_a_client_s_certificate_names()
    {
        await using var server = await LiveServer.StartAsync(new Recorder(), options => options.Tls = () => new()
        {
            ServerCertificate = LiveServer.MakeCertificate(),
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
        }, implicitTls: true);
        using var socket = new TcpClient();
        await socket.ConnectAsync(server.Server.Endpoints[0]);
        await ShowAsync(socket.GetStream());
        Assert.False(_trap.WasContacted());
    }

    [Fact]
    public async Task The_HTTP_endpoint_fetches_nothing_either()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.AddServiceDefaults();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = LiveServer.MakeCertificate();
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.ClientCertificateValidation = (certificate, _, _) => certificate.HasPrivateKey == false;
        })));
        await using var app = builder.Build();
        app.MapGet("/", () => "hello");
        await app.StartAsync();
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(app.Urls.Single()).Port);
        await using var tls = await ShowAsync(socket.GetStream());
        await tls.WriteAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray());
        Assert.StartsWith("HTTP/1.1 200", await new StreamReader(tls).ReadLineAsync(), StringComparison.Ordinal);
        Assert.False(_trap.WasContacted());
    }

    [Fact]
    public async Task The_storage_fetches_nothing_that_a_Redis_server_s_certificate_names()
    {
        await using var server = new TlsServer(_certificate);
        await using var storage = new RedisStorage(ConfigurationOptions.Parse($"{server.Address},ssl=true,connectTimeout=5000,connectRetry=1"));
        var loading = storage.CheckServerAsync();
        await server.ShownAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => loading);
        Assert.False(_trap.WasContacted());
    }

    [Fact]
    public async Task An_HTTP_client_of_ours_fetches_nothing_and_is_not_redirected()
    {
        await using var server = new TlsServer(_certificate);
        using var host = Defaults();
        using var client = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient();
        client.Timeout = TimeSpan.FromSeconds(10);
        using var giveUp = new CancellationTokenSource();
        var asking = client.GetAsync($"https://{server.Address}/", giveUp.Token);
        await server.ShownAsync();
        // Otherwise it is tried again with ever longer waits.
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => asking);
        Assert.False(_trap.WasContacted());

        var web = WebApplication.CreateSlimBuilder();
        web.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = web.Build();
        app.MapGet("/", () => Results.Redirect(_trap.Url));
        await app.StartAsync();
        Assert.Equal(HttpStatusCode.Redirect, (await client.GetAsync(app.Urls.Single())).StatusCode);
        Assert.False(_trap.WasContacted());
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task Telemetry_fetches_nothing_that_its_collector_s_certificate_names(string protocol)
    {
        await using var server = new TlsServer(_certificate);
        using var host = Defaults(("OTEL_EXPORTER_OTLP_ENDPOINT", $"https://{server.Address}"), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol));
        await host.StartAsync();
        using (var source = new System.Diagnostics.ActivitySource("Slimta.Test"))
            source.StartActivity("one")?.Dispose();
        var flushed = Task.Run(() => host.Services.GetRequiredService<TracerProvider>().ForceFlush(10_000));
        await server.ShownAsync();
        await flushed;
        Assert.False(_trap.WasContacted());
    }

    private static IHost Defaults(params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = "Production", ApplicationName = "test" });
        foreach (var (key, value) in settings)
            builder.Configuration[key] = value;
        builder.AddServiceDefaults();
        return builder.Build();
    }

    /// <summary>A handshake in which the client shows the certificate.</summary>
    private async Task<SslStream> ShowAsync(Stream stream)
    {
        var tls = new SslStream(stream);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
            ClientCertificateContext = SslStreamCertificateContext.Create(_certificate, null, offline: true),
            EnabledSslProtocols = SslProtocols.Tls12,
        });
        return tls;
    }

    /// <summary>Where the certificate's URLs lead.</summary>
    private sealed class Trap : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public Trap() => _listener.Start();

        public string Url => $"http://{_listener.LocalEndpoint}/";

        /// <summary>Connections wait in the listener's backlog until somebody looks.</summary>
        public bool WasContacted() => _listener.Pending();

        public void Dispose() => _listener.Dispose();

        /// <summary>A certificate of an intermediate authority that is to be fetched here, with revocation lists here.</summary>
        public X509Certificate2 Issue(TestAuthority authority)
        {
            using var intermediate = authority.IssueAuthority();
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=mx.test", key, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName("mx.test");
            names.AddIpAddress(IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
            request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension([Url + "ocsp"], [Url + "ca.crt"]));
            request.CertificateExtensions.Add(CertificateRevocationListBuilder.BuildCrlDistributionPointExtension([Url + "list.crl"]));
            using var certificate = request.Create(intermediate, new DateTimeOffset(intermediate.NotBefore), new DateTimeOffset(intermediate.NotAfter), Guid.NewGuid().ToByteArray());
            using var whole = certificate.CopyWithPrivateKey(key);
            return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pfx), null);
        }
    }

    /// <summary>Shows the certificate to each client, and nothing more.</summary>
    private sealed class TlsServer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly SemaphoreSlim _shown = new(0);
        private readonly Task _run;

        public TlsServer(X509Certificate2 certificate)
        {
            _listener.Start();
            _run = RunAsync(SslStreamCertificateContext.Create(certificate, null, offline: true));
        }

        public string Address => $"{_listener.LocalEndpoint}";

        /// <summary>A client has looked at the certificate, and taken it or not.</summary>
        public async Task ShownAsync() => Assert.True(await _shown.WaitAsync(TimeSpan.FromSeconds(30)));

        public async ValueTask DisposeAsync()
        {
            _listener.Dispose();
            await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        private async Task RunAsync(SslStreamCertificateContext certificate)
        {
            while (true)
            {
                using var socket = await _listener.AcceptSocketAsync();
                try
                {
                    await using var tls = new SslStream(new NetworkStream(socket));
                    await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = certificate });
                    // Its answer to the handshake, or its end: by then it has looked.
                    _ = await tls.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false);
                }
                catch (Exception e) when (e is IOException or AuthenticationException)
                {
                    // It did not like it.
                }
                _shown.Release();
            }
        }
    }
}

using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using Slimta.Tests.Smtp.Server;

namespace Slimta.Tests.Edge;

/// <summary>Clients that people use; docs/reference/compatibility.md has those that are not on every machine.</summary>
[Collection("edge")]
public sealed class RealClientTests(RedisServer redis)
{
    private async Task<(EdgeHost Host, DirectoryInfo Folder)> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("slimta-edge-");
        var pem = Path.Combine(folder.FullName, "edge.pem");
        using var certificate = LiveServer.MakeCertificate();
        using var key = certificate.GetRSAPrivateKey()!;
        await File.WriteAllTextAsync(pem, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
        var host = await EdgeHost.StartAsync(redis.Process.ConnectionString, new()
        {
            ["Edge:Smtp:Certificate"] = pem,
            ["Edge:Smtp:ImplicitTlsPort"] = "0",
            ["Edge:Users:ann"] = PasswordHash.Create("s3cret", iterations: 1000),
        });
        return (host, folder);
    }

    [Theory]
    [InlineData(SecureSocketOptions.None)]
    [InlineData(SecureSocketOptions.StartTls)]
    [InlineData(SecureSocketOptions.SslOnConnect)]
    public async Task MailKit_hands_in_a_message(SecureSocketOptions security)
    {
        var (host, folder) = await StartAsync();
        await using var _ = host;
        using var client = new SmtpClient { ServerCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=mx.test" };
        await client.ConnectAsync("127.0.0.1", host.Smtp[security == SecureSocketOptions.SslOnConnect ? 1 : 0].Port, security);
        if (security != SecureSocketOptions.None)
            await client.AuthenticateAsync(Encoding.UTF8, "ann", "s3cret");
        var message = new MimeMessage { Subject = "Grüße", Body = new TextPart("plain") { Text = ".\n..\n.dots\n" } };
        message.From.Add(new MailboxAddress("Änn", "ann@a.test"));
        message.To.Add(new MailboxAddress("", "ü@b.test"));
        message.Bcc.Add(new MailboxAddress("", "bob@b.test"));
        var reply = await client.SendAsync(message);
        await client.DisconnectAsync(quit: true);

        var (queued, text) = Assert.Single(await host.QueuedAsync());
        Assert.Equal($"2.6.0 {queued.Id} queued", reply);
        Assert.Equal(security == SecureSocketOptions.None ? "UTF8SMTP" : "UTF8SMTPSA", queued.Envelope.Client.Protocol);
        Assert.Equal(["bob@b.test", "ü@b.test"], queued.Envelope.Recipients.Select(r => r.Address).Order());
        var parsed = await MimeMessage.LoadAsync(new MemoryStream(Encoding.Latin1.GetBytes(text)));
        Assert.Equal(("Grüße", ".\n..\n.dots\n"), (parsed.Subject, parsed.TextBody?.ReplaceLineEndings("\n")));
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Pythons_smtplib_hands_in_messages()
    {
        var (host, folder) = await StartAsync();
        await using var _ = host;
        const string Script = """
            import smtplib, ssl, sys
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            message = b"Subject: x\r\n\r\n.\r\n\xff\r\n"
            with smtplib.SMTP("127.0.0.1", int(sys.argv[1])) as plain:
                plain.sendmail("a@a.test", ["b@b.test"], message, ["BODY=8BITMIME"])
            with smtplib.SMTP("127.0.0.1", int(sys.argv[1])) as tls:
                tls.starttls(context=context)
                tls.login("ann", "s3cret")
                tls.sendmail("a@a.test", ["b@b.test"], message, ["BODY=8BITMIME"])
            with smtplib.SMTP_SSL("127.0.0.1", int(sys.argv[2]), context=context) as tls:
                tls.login("ann", "s3cret")
                tls.sendmail("a@a.test", ["b@b.test"], message, ["BODY=8BITMIME"])
            """;
        using var python = Process.Start(new ProcessStartInfo("python3", ["-c", Script, $"{host.Smtp[0].Port}", $"{host.Smtp[1].Port}"]) { UseShellExecute = false, RedirectStandardError = true })!;
        Assert.Equal("", await python.StandardError.ReadToEndAsync());
        await python.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        var queued = await host.QueuedAsync();
        Assert.Equal(["ESMTP", "ESMTPSA", "ESMTPSA"], queued.Select(q => q.Message.Envelope.Client.Protocol).Order());
        Assert.All(queued, q => Assert.EndsWith("Subject: x\r\n\r\n.\r\n\xff\r\n", q.Text, StringComparison.Ordinal));
        folder.Delete(recursive: true);
    }
}

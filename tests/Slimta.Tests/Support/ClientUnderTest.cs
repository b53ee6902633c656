using System.Security.Cryptography.X509Certificates;
using System.Text;
using Slimta.Smtp.Client;

namespace Slimta.Tests.Client;

/// <summary>The client against a scripted server.</summary>
internal static class ClientUnderTest
{
    public const string Hello = "S: 220 mx.test\nC: EHLO relay.test\nS: 250-mx.test\nS: 250-PIPELINING\nS: 250-8BITMIME\nS: 250-SMTPUTF8\nS: 250 DSN\n";
    public const string PlainHello = "S: 220 mx.test\nC: EHLO relay.test\nS: 250 mx.test\n";
    public const string MailToOne = "C: MAIL FROM:<a@a.test>\nC: RCPT TO:<b@b.test>\nC: DATA\nS: 250 ok\nS: 250 ok\nS: 354 go\n";

    /// <summary>After the greeting: one of two recipients is taken.</summary>
    public const string TwoTakesOne =
        "C: EHLO relay.test\nS: 250-mx.test\nS: 250 PIPELINING\nC: MAIL FROM:<a@a.test>\nC: RCPT TO:<b@b.test>\nC: RCPT TO:<c@b.test>\nC: DATA\n"
        + "S: 250 ok\nS: 250 ok\nS: 450 4.2.0 later\nS: 354 go\nC: ...\nS: 250 ok\n";

    public static readonly byte[] Content = "Subject: hello\r\n\r\nhello\r\n"u8.ToArray();

    public static OutgoingMail Mail(params string[] recipients) => new()
    {
        Sender = "a@a.test",
        Recipients = [.. (recipients.Length == 0 ? ["b@b.test"] : recipients).Select(address => (OutgoingRecipient)address)],
        Content = Content,
    };

    public static OutgoingMail With(this OutgoingMail mail, string content) => mail with { Content = Encoding.Latin1.GetBytes(content) };

    public static async Task<byte[]> ToArrayAsync(this OutgoingContent content)
    {
        if (content.TryGetMemory(out var whole))
            return whole.ToArray();
        var bytes = new MemoryStream();
        await foreach (var piece in content.ReadAsync(CancellationToken.None))
            await bytes.WriteAsync(piece);
        return bytes.ToArray();
    }

    public static Task<SmtpConnection> OpenAsync(
        this ScriptedServer server, Security? security = null, TimeProvider? time = null,
        X509Certificate2Collection? authorities = null, CancellationToken cancellationToken = default) =>
        SmtpConnection.OpenAsync(
            new SmtpTarget("mx.test", server.Address, security ?? Security.Opportunistic),
            new ClientSettings { HelloName = "relay.test", Timeouts = new ClientTimeouts(), Time = time ?? TimeProvider.System, TrustedAuthorities = authorities ?? [] },
            cancellationToken);

    public static async Task<RecipientReply[]> SendAsync(this ScriptedServer server, OutgoingMail mail, Security? security = null)
    {
        await using var connection = await server.OpenAsync(security);
        return await connection.SendAsync(mail, CancellationToken.None);
    }
}

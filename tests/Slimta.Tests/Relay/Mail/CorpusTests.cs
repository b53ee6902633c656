using System.Text;
using Slimta.Smtp.Client;
using Slimta.Tests.Edge;
using Slimta.Tests.Mailbox;

namespace Slimta.Tests.Relay;

[Collection("relay")]
public class CorpusTests(RedisServer redis)
{
    private static string Repeat(string line, int times) => string.Concat(Enumerable.Repeat(line, times));

    /// <summary>What programs send, and what makes others stumble.</summary>
    public static TheoryData<string, string> Corpus() => new()
    {
        { "plain", "From: a@a.test\r\nSubject: x\r\n\r\nbody\r\n" },
        { "no body", "From: a@a.test\r\nSubject: x\r\n\r\n" },
        { "no empty line", "From: a@a.test\r\nSubject: x\r\n" },
        { "dots", "Subject: x\r\n\r\n.\r\n..\r\n...\r\n.x\r\nx.\r\n" },
        { "a dot at the very end", "Subject: x\r\n\r\nend\r\n.\r\n" },
        { "empty lines at the end", "Subject: x\r\n\r\nbody\r\n\r\n\r\n\r\n" },
        { "only empty lines", "Subject: x\r\n\r\n\r\n\r\n" },
        { "white space at line ends", "Subject: x  \r\nTo:\tb@b.test\t \r\n\r\nbody \t \r\n \r\n" },
        { "odd folding", "Subject:\r\n folded\r\n\tagain\r\n  and again\r\nTo: b@b.test,\r\n\tc@c.test\r\n\r\nx\r\n" },
        { "a folded line of white space", "Subject: x\r\n \r\n\t\r\nTo: b@b.test\r\n\r\nx\r\n" },
        { "no space after the colon", "Subject:x\r\nFrom:a@a.test\r\n\r\nx\r\n" },
        { "space before the colon", "Subject : x\r\nFrom : a@a.test\r\n\r\nx\r\n" },
        { "repeated fields", "Subject: one\r\nSubject: two\r\nFrom: a@a.test\r\nFrom: b@b.test\r\n\r\nx\r\n" },
        { "unknown charset in a field", "Subject: =?x-unknown?Q?=80=81?=\r\n\r\nx\r\n" },
        { "broken encoded word", "Subject: =?utf-8?B?@@@?=\r\n\r\nx\r\n" },
        { "8-bit body", "Subject: x\r\nContent-Type: text/plain; charset=latin1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\u00e4\u00f6\u00fc\u00ff\u0080\r\n" },
        { "8-bit without a declaration", "Subject: x\r\n\r\n\u00c3\u00a4 and \u00ff\r\n" },
        { "8-bit header", "Subject: gr\u00c3\u00bc\u00c3\u009fe\r\n\r\nx\r\n" },
        { "quoted-printable with odd breaks", "Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=\r\n=3D=\r\n=0A=\r\n" },
        { "base64 in odd lines", "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nYQ\r\n==\r\n\r\nYg==" + "\r\n" },
        { "multipart without an end", "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n" },
        { "multipart with epilogue", "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b b\"\r\n\r\n--b b  \r\n\r\none\r\n--b b--\r\nepilogue\r\n" },
        { "signed", "MIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=s; micalg=pgp-sha1\r\n\r\n--s\r\nContent-Type: text/plain \r\n\r\nsigned  \r\n\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--s--\r\n" },
        { "an mbox line", "Subject: x\r\n\r\nFrom somebody Mon Jan 1\r\n>From quoted\r\n" },
        { "a long line", "Subject: x\r\n\r\n" + new string('x', 5000) + "\r\n" },
        { "a long header", "Subject: " + Repeat("word ", 300) + "\r\n\r\nx\r\n" },
        { "controls", "Subject: x\r\n\r\n\u0001\u0002\u0007\u0008\u000b\u000c\u001b[31m\u007f\r\n" },
        { "what looks like SMTP", "Subject: x\r\n\r\nRSET\r\nQUIT\r\n.\r\n\r\nMAIL FROM:<evil@test>\r\n" },
        { "just above what is inline", "Subject: x\r\n\r\n" + Repeat(".a line of thirty two octets...\r\n", 2100) },
        { "large", "Subject: x\r\n\r\n" + Repeat("a line that makes a large message\r\n.\r\n", 60_000) },
    };

    [Theory]
    [MemberData(nameof(Corpus))]
    public async Task A_message_goes_from_edge_to_sink_with_nothing_changed_below_what_was_prepended(string what, string text)
    {
        var content = Encoding.Latin1.GetBytes(text);
        var prefix = $"c{Guid.NewGuid():N}:";
        await using var mailbox = await MailboxHost.StartAsync();
        await using var edge = await EdgeHost.StartAsync(redis.Process.ConnectionString, new() { ["Storage:Prefix"] = prefix });
        await using var relay = await RelayHost.StartAsync(redis.Process.ConnectionString, new() { ["Relay:Smarthost"] = mailbox.Address, ["Relay:LongLines"] = "Keep" }, prefix: prefix);

        await using var client = await SmtpConnection.OpenAsync(
            new SmtpTarget("edge.test", edge.Smtp[0], Security.Opportunistic),
            new ClientSettings { HelloName = "client.test", Timeouts = new ClientTimeouts() }, default);
        var accepted = await client.SendAsync(
            new OutgoingMail { Sender = "a@a.test", Recipients = ["b@b.test"], Content = content, Body = BodyKind.EightBit }, default);
        Assert.True(accepted[0].Outcome == TransactionOutcome.Delivered, $"{what}: {accepted[0]}");

        var arrived = (await mailbox.ArrivedAsync()).Content.Latin1();
        Assert.EndsWith(text, arrived, StringComparison.Ordinal);
        Assert.Matches("^(Received: [^\r]*(\r\n\t[^\r]*)*\r\n|Date: [^\r]*\r\n|Message-ID: [^\r]*\r\n)+(\r\n)?$", arrived[..^text.Length]);
    }
}

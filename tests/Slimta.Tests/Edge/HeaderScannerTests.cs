using System.Text;
using CsCheck;
using Microsoft.Extensions.Configuration;
using Slimta.Edge;

namespace Slimta.Tests.Edge;

public sealed class HeaderScannerTests
{
    private static readonly string[] Lines =
        ["Received: x\r\n", "RECEIVED:\r\n", "Date: x\r\n", "Message-Id: x\r\n", " Date: folded\r\n", "Subject: one\r\n", "SUBJECT : two\r\n", "\tx\r\n", "X: y\r\n", "\r\n", "no field\r\n", ": x\r\n", "Date : x\r\n", "From a@b Thu\r\n", ">From x\r\n", "Dat", "\r"];

    [Fact]
    public void How_a_header_is_cut_makes_no_difference() =>
        Gen.Select(Gen.Int[0, Lines.Length - 1].Array[0, 12], Gen.Int[1, 30]).Sample((picks, step) =>
        {
            var message = Encoding.ASCII.GetBytes(string.Concat(picks.Select(i => Lines[i])));
            var whole = new HeaderScanner();
            var done = whole.Scan(message);
            var cut = new HeaderScanner();
            var cutDone = false;
            for (var length = 0; length <= message.Length && !cutDone; length += step)
                cutDone = cut.Scan(message.AsSpan(0, length));
            cutDone = cutDone || cut.Scan(message);
            Assert.Equal(done, cutDone);
            if (!done)
            {
                whole.End(message);
                cut.End(message);
            }
            Assert.Equal(Seen(whole), Seen(cut));
        }, iter: 20_000);

    [Fact]
    public void An_empty_list_of_networks_trusts_no_client()
    {
        var configuration = new ConfigurationBuilder()
            .AddJsonStream(new MemoryStream("""{ "Edge": { "Relay": { "Networks": [] } } }"""u8.ToArray())).Build();
        Assert.Empty(configuration.GetSection("Edge").Get<EdgeOptions>()!.Relay.Networks!);
    }

    [Theory]
    [InlineData("Subject: Order 7\r\n", "Order 7", null)]
    [InlineData("X: y\r\nsubject : Order\r\n\t 7\r\n  and more \r\nMessage-ID: <a.b@c.test>\r\nTo: x\r\n y\r\n", "Order 7 and more", "a.b@c.test")]
    [InlineData("Subject: first\r\nSubject: second\r\n folded\r\n", "first", null)]
    [InlineData("Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= =?utf-8?Q?_aus_?=\r\n =?iso-8859-1?B?TfxuY2hlbg==?=\r\n", "Grüße aus München", null)]
    [InlineData("Subject: naïve\r\nMessage-ID:\r\n <1@b.test> (comment)\r\n", "naïve", "1@b.test")]
    [InlineData("Subject: \u001b[31mred\u202eder\r\n", "?[31mred?der", null)]
    [InlineData("Subject:\r\nMessage-ID:\r\n", null, null)]
    [InlineData("To: x\r\n", null, null)]
    public void The_subject_and_the_message_id_are_read_as_a_person_would(string header, string? subject, string? id)
    {
        var message = Encoding.UTF8.GetBytes(header + "\r\nSubject: not this\r\n");
        var scanner = new HeaderScanner();
        Assert.True(scanner.Scan(message));
        Assert.Equal((subject, id), (HeaderText.Subject(message.AsSpan()[scanner.Subject]), HeaderText.MessageId(message.AsSpan()[scanner.MessageId])));
    }

    [Fact]
    public void Of_a_long_subject_the_start_is_kept()
    {
        Assert.Equal(new string('x', 200), HeaderText.Subject(Encoding.ASCII.GetBytes(new string('x', 5000))));
        var cut = HeaderText.Subject(Encoding.UTF8.GetBytes("x" + string.Concat(Enumerable.Repeat("😀", 5000))))!;
        Assert.Equal(199, cut.Length);
        Assert.DoesNotContain('?', cut);
        Assert.Equal(250, HeaderText.MessageId(Encoding.ASCII.GetBytes("<" + new string('x', 5000) + "@b.test>"))!.Length);
    }

    private static (int, int, int, bool, bool, bool, Range, Range) Seen(HeaderScanner header) => (header.Length, header.MailboxLines, header.Received, header.HasDate, header.HasMessageId, header.NeedsSeparator,
        header.Subject, header.MessageId);
}

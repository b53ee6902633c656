using System.Text;
using MimeKit;
using Slimta.Smtp;
using Slimta.Storage;

namespace Slimta.Tests.Bounce;

public class ReportTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);
    private const string Original = "From: a@a.test\r\nSubject: hi\r\n\r\nbody\r\n";

    private static Envelope From(string sender, string content = Original, params (string, string)[] parameters) => new()
    {
        Sender = sender,
        Recipients = ["b@b.test"],
        Content = Encoding.UTF8.GetBytes(content),
        Received = Now.AddHours(-1),
        Client = new ClientInfo { Protocol = "ESMTP", HeloName = "client.test" },
        Parameters = parameters.ToDictionary(p => p.Item1, p => p.Item2),
    };

    private static async Task<(Envelope Envelope, MimeMessage Message, string Text)> WriteAsync(
        Envelope original, ReportAction action = ReportAction.Failed, Recipient? recipient = null, BounceOptions? options = null,
        string words = "no such user\nreally: \u00fcbel")
    {
        var report = new Report
        {
            Message = new QueuedMessage { Id = "1", Attempts = 1, RecipientCount = 1, Envelope = original },
            Recipients = [new(recipient ?? original.Recipients[0], DeliveryOutcome.Permanent) { Reply = new SmtpReply(550, "5.1.1", words), Host = "mx.b.test", Told = action }],
            ReportingMta = "relay.test",
            Time = Now,
            LastAttempt = Now,
            RetryUntil = Now.AddDays(5),
        };
        var envelope = (await new ReportWriter(options ?? new BounceOptions(), "relay.test").WriteAsync(report, default)).Envelope;
        var bytes = await envelope.Content.ToArrayAsync();
        await PythonJudge.ReadReportAsync(bytes);
        Assert.True(Ascii.IsValid(bytes) || envelope.Parameters.ContainsKey("SMTPUTF8") || original.Parameters.GetValueOrDefault("RET") == "FULL");
        return (envelope, await MimeMessage.LoadAsync(new MemoryStream(bytes)), Encoding.UTF8.GetString(bytes));
    }

    [Fact]
    public async Task A_report_has_a_text_the_fields_and_the_header_of_the_original()
    {
        var (envelope, message, text) = await WriteAsync(From("a@a.test", Original, ("ENVID", "id+2B1"), ("RET", "HDRS")),
            recipient: new Recipient("b@b.test") { Parameters = new Dictionary<string, string> { ["ORCPT"] = "rfc822;first+40b.test" } });

        Assert.Equal(("", "a@a.test"), (envelope.Sender, Assert.Single(envelope.Recipients).Address));
        Assert.Equal("NEVER", envelope.Recipients[0].Parameters["NOTIFY"]);
        Assert.Equal("auto-replied", message.Headers["Auto-Submitted"]);
        Assert.Equal("MAILER-DAEMON@relay.test", message.From.Mailboxes.Single().Address);
        var report = Assert.IsType<MultipartReport>(message.Body);
        Assert.Equal("delivery-status", report.ReportType);

        Assert.Contains("mx.b.test said: 550 5.1.1 no such user", ((TextPart)report[0]).Text, StringComparison.Ordinal);
        var groups = Assert.IsType<MessageDeliveryStatus>(report[1]).StatusGroups;
        Assert.Equal(("id+1", "dns; relay.test", "dns; client.test"), (groups[0]["Original-Envelope-Id"], groups[0]["Reporting-MTA"], groups[0]["Received-From-MTA"]));
        Assert.Equal(("rfc822;first@b.test", "rfc822; b@b.test"), (groups[1]["Original-Recipient"], groups[1]["Final-Recipient"]));
        Assert.Equal(("failed", "5.1.1", "dns; mx.b.test"), (groups[1]["Action"], groups[1]["Status"], groups[1]["Remote-MTA"]));
        Assert.StartsWith("smtp; 550 5.1.1 no such user", groups[1]["Diagnostic-Code"], StringComparison.Ordinal);
        Assert.Equal("Wed, 04 Mar 2026 05:06:07 +0000", groups[1]["Last-Attempt-Date"]);
        Assert.Equal("text/rfc822-headers", report[2].ContentType.MimeType);
        Assert.Contains("Subject: hi\r\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("body\r\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FULL", 100, "message/rfc822")]
    [InlineData("FULL", 10, "text/rfc822-headers")]
    [InlineData("HDRS", 100, "text/rfc822-headers")]
    public async Task RET_decides_what_comes_back_as_long_as_it_is_small(string ret, int limit, string type)
    {
        var (_, message, text) = await WriteAsync(From("a@a.test", Original, ("RET", ret)), options: new BounceOptions { MaxReturnedBytes = limit });
        Assert.Equal(type, ((MultipartReport)message.Body!)[2].ContentType.MimeType);
        Assert.Equal(type == "message/rfc822", text.Contains(Original, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_original_comes_back_byte_for_byte()
    {
        const string awkward = "Subject:no space\r\nX:  \tfolded\r\n \r\nFrom: \"x\" <a@a.test>  \r\n\r\n  \r\n--x\r\n.\r\ntrailing \t\r\n";
        var (_, _, text) = await WriteAsync(From("a@a.test", awkward, ("RET", "FULL")));
        Assert.Contains(awkward, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Subject : x\r\nFrom : a@a.test\r\n\r\nbody\r\n")]
    [InlineData("From a@a.test Thu Nov 26 10:00:00 2026\r\nSubject: x\r\n\r\nbody\r\n")]
    public async Task An_odd_header_comes_back_as_a_header(string content)
    {
        // Not by WriteAsync: Python takes neither for a header.
        var original = await OriginalPart.MakeAsync(From("a@a.test", content, ("RET", "FULL")), 1000, utf8: false, default);
        using var bytes = new MemoryStream();
        await ((MimePart)original.Part).Content!.DecodeToAsync(bytes);
        // With an empty line before it, all of it would be the body.
        Assert.Equal(content, Encoding.UTF8.GetString(bytes.ToArray()));
    }

    [Theory]
    [InlineData("a\nb\rc\r\nd\u0085e")]
    [InlineData("no header at all")]
    [InlineData("")]
    public async Task The_report_has_whole_lines_for_every_original(string content)
    {
        var (_, _, text) = await WriteAsync(From("a@a.test", content, ("RET", "FULL")));
        Assert.False(text.Replace("\r\n", "", StringComparison.Ordinal).AsSpan().ContainsAny('\r', '\n'));
        Assert.EndsWith("\r\n", text, StringComparison.Ordinal);
        Assert.All(text.Split("\r\n"), line => Assert.True(line.Length <= 998));
    }

    [Fact]
    public async Task A_delay_says_until_when_it_is_tried()
    {
        var (_, message, _) = await WriteAsync(From("a@a.test"), ReportAction.Delayed);
        var groups = ((MessageDeliveryStatus)((MultipartReport)message.Body!)[1]!).StatusGroups;
        Assert.Equal(("delayed", "Mon, 09 Mar 2026 05:06:07 +0000"), (groups[1]["Action"], groups[1]["Will-Retry-Until"]));
        Assert.StartsWith("Delayed", message.Subject, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Internationalised_addresses_make_an_internationalised_report()
    {
        var (envelope, message, text) = await WriteAsync(From("j\u00fcrgen@a.test", "Subject: gr\u00fc\u00dfe\r\n\r\nx\r\n", ("SMTPUTF8", "")));
        Assert.True(envelope.Parameters.ContainsKey("SMTPUTF8"));
        var report = (MultipartReport)message.Body!;
        Assert.Equal(("message/global-delivery-status", "message/global-headers"), (report[1].ContentType.MimeType, report[2].ContentType.MimeType));
        Assert.Contains("Subject: gr\u00fc\u00dfe", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Empf\u00e4nger \u672a\u77e5 \ud83d\ude00")]
    [InlineData("\u202e\u0085\u009b2J")]
    public async Task Words_of_the_remote_that_are_not_ASCII_make_no_8_bit_report(string words)
    {
        var (_, message, text) = await WriteAsync(From("a@a.test"), words: words);
        Assert.True(Ascii.IsValid(text));
        var groups = ((MessageDeliveryStatus)((MultipartReport)message.Body!)[1]!).StatusGroups;
        var expected = Slimta.Smtp.Printable.Text($"550 5.1.1 {words.ReplaceLineEndings(" ")}");
        Assert.Equal($"smtp; {expected}", groups[1]["Diagnostic-Code"]!.Replace("\r\n", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_address_that_turns_the_direction_of_text_is_shown_without_that()
    {
        var (_, message, _) = await WriteAsync(From("a@a.test"), recipient: "u\u202ev\u200b@b.test", words: "no");
        var text = ((TextPart)((MultipartReport)message.Body!)[0]!).Text;
        Assert.Contains("  u?v?@b.test", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\u202e', text);
    }

    [Theory]
    [InlineData("user..name@a.test", "\"user..name\"@a.test")]
    [InlineData("user.@a.test", "\"user.\"@a.test")]
    [InlineData("\"a b\"@a.test", "\"a b\"@a.test")]
    [InlineData("a@[192.0.2.1]", "a@[192.0.2.1]")]
    public async Task A_sender_with_a_strange_address_gets_a_report_with_a_valid_header(string sender, string shown)
    {
        var (envelope, _, text) = await WriteAsync(From(sender));
        Assert.Equal(sender, Assert.Single(envelope.Recipients).Address);
        Assert.Contains($"\r\nTo: {shown}\r\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x", 5000)]
    [InlineData("\u00fc", 5000)]
    [InlineData("\ud83d\ude00", 500)]
    [InlineData("word ", 500)]
    public async Task Nor_do_long_ones_make_long_lines(string word, int times)
    {
        var words = string.Concat(Enumerable.Repeat(word, times));
        foreach (var envelope in new[] { From("a@a.test"), From("j\u00fc@a.test", Original, ("SMTPUTF8", "")) })
        {
            var (_, _, text) = await WriteAsync(envelope, words: words);
            Assert.All(text.Split("\r\n"), line => Assert.True(Encoding.UTF8.GetByteCount(line) <= 998));
            Assert.DoesNotContain('\ufffd', text);
        }
    }

    [Fact]
    public async Task A_message_whose_time_is_over_has_our_code_and_the_words_of_the_last_attempt()
    {
        var (_, message, _) = await WriteAsync(From("a@a.test"), ReportAction.Expired, words: "mailbox busy");
        const string Words = "The time for delivery is over; the last attempt ended with: 550 5.1.1 mailbox busy";
        var fields = ((MessageDeliveryStatus)((MultipartReport)message.Body!)[1]!).StatusGroups[1];
        Assert.Equal(("failed", "4.4.7", "dns; mx.b.test", $"X-Slimta; {Words}"), (fields["Action"], fields["Status"], fields["Remote-MTA"], fields["Diagnostic-Code"]!.Replace("\r\n", "", StringComparison.Ordinal)));
        Assert.Contains($"    {Words}", ((TextPart)((MultipartReport)message.Body!)[0]!).Text.ReplaceLineEndings(), StringComparison.Ordinal);
        Assert.StartsWith("Undelivered", message.Subject, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 0, 2000)]
    [InlineData(1000, 0, 131)]
    [InlineData(10_000, 0, 80)]
    [InlineData(1, 400, 400)]
    public void A_report_says_less_of_each_recipient_the_more_there_are(int recipients, int most, int expected)
    {
        var one = Refused(new string('x', 1996));
        var report = To(one, recipients) with { MaxDiagnostic = most };
        Assert.Equal(expected, report.Diagnostic(one).Length);
        Assert.StartsWith("550 xxx", report.Diagnostic(one), StringComparison.Ordinal);
    }

    [Fact]
    public void What_it_says_is_not_cut_within_a_character()
    {
        var one = Refused("x" + string.Concat(Enumerable.Repeat("\ud83d\ude00", 100)));
        Assert.Equal(19, (To(one, 1) with { MaxDiagnostic = 20 }).Diagnostic(one).Length);
    }

    [Fact]
    public void A_strangers_report_names_a_few_recipients_and_says_little_of_each()
    {
        var one = Refused(new string('x', 1000));
        var report = StrangerReports.Shorten(To(one, 25));
        Assert.Equal((20, 5, 400), (report.Recipients.Count, report.Unnamed, report.Diagnostic(one).Length));
    }

    private static RecipientResult Refused(string words) => new("b@b.test", DeliveryOutcome.Permanent) { Reply = new SmtpReply(550, null, words), Told = ReportAction.Failed };

    private static Report To(RecipientResult one, int recipients) => new()
    {
        Message = new QueuedMessage { Id = "1", Attempts = 1, RecipientCount = recipients, Envelope = From("a@a.test") },
        Recipients = [.. Enumerable.Repeat(one, recipients)],
        ReportingMta = "relay.test",
        Time = Now,
        LastAttempt = Now,
    };

    [Fact]
    public async Task An_envelope_id_that_is_not_ASCII_comes_back_as_it_was_written()
    {
        var (_, message, text) = await WriteAsync(From("a@a.test", Original, ("ENVID", "gr+C3+BC+FFn")));
        Assert.True(Ascii.IsValid(text));
        Assert.Equal("gr+C3+BC+FFn", ((MessageDeliveryStatus)((MultipartReport)message.Body!)[1]!).StatusGroups[0]["Original-Envelope-Id"]);
    }

    [Fact]
    public async Task A_sender_of_ASCII_mail_gets_an_ASCII_report_of_an_address_that_is_not()
    {
        var (envelope, message, text) = await WriteAsync(From("a@a.test"),
            recipient: new Recipient("j\u00fc@b\u00fccher.test") { Parameters = new Dictionary<string, string> { ["ORCPT"] = "utf-8;j\\x{FC}@b.test" } });
        Assert.False(envelope.Parameters.ContainsKey("SMTPUTF8"));
        Assert.True(Ascii.IsValid(text));
        var groups = ((MessageDeliveryStatus)((MultipartReport)message.Body!)[1]!).StatusGroups;
        Assert.Equal(("utf-8;j\\x{FC}@b.test", "utf-8; j\\x{FC}@b\\x{FC}cher.test"), (groups[1]["Original-Recipient"], groups[1]["Final-Recipient"]));
    }

    [Theory]
    [InlineData("Subject: gr\u00fc\u00dfe\r\n\r\nx\r\n", "Subject: gr=C3=BC=C3=9Fe")]
    [InlineData("Subject: x\r\n\r\nx\r\n", "Subject: x")]
    public async Task A_header_that_is_8_bit_and_was_not_declared_comes_back_encoded(string content, string returned)
    {
        var (_, message, text) = await WriteAsync(From("a@a.test", content));
        Assert.True(Ascii.IsValid(text));
        Assert.Equal("text/rfc822-headers", ((MultipartReport)message.Body!)[2].ContentType.MimeType);
        Assert.Contains($"\r\n\r\n{returned}\r\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_remote_server_cannot_add_fields_to_the_report()
    {
        var (_, message, _) = await WriteAsync(From("a@a.test", Original, ("ENVID", "x+0D+0AAction:+20delivered")));
        var groups = ((MessageDeliveryStatus)((MultipartReport)message.Body!)[1]!).StatusGroups;
        Assert.Null(groups[0]["Action"]);
        Assert.Equal(2, groups.Count);
    }
}

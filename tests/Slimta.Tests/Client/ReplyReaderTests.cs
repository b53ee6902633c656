using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Slimta.Smtp;
using Slimta.Smtp.Client;
using static Slimta.Tests.Client.ClientUnderTest;

namespace Slimta.Tests.Client;

/// <summary>What is a reply: the three digits decide, and only "-" continues (RFC 5321 §4.2).</summary>
public class ReplyReaderTests
{
    /// <summary>Reads replies until there are no more, or something is none; -1 for that.</summary>
    private const string Smtplib = """
        import base64, io, smtplib, sys
        for line in sys.stdin:
            server = smtplib.SMTP()
            server.file = io.BytesIO(base64.b64decode(line))
            codes = []
            try:
                while not codes or codes[-1] != -1:
                    codes.append(server.getreply()[0])
            except smtplib.SMTPServerDisconnected:
                pass
            print(*codes)
        """;

    [Theory]
    [InlineData("250\tqueued", "250 queued")]
    [InlineData("250ok", "250 ok")]
    [InlineData("250", "250 ")]
    [InlineData("250 ", "250 ")]
    [InlineData("250", "250 ", "\n")]
    [InlineData("250 2.0.0 queued", "250 2.0.0 queued")]
    [InlineData("250-a\r\n250\tb", "250 a b")]
    [InlineData("250-a\r\n250-\r\n250", "250 a  ")]
    [InlineData("250_a", "250 _a")]
    public async Task The_three_digits_decide(string reply, string read, string end = "\r\n") =>
        Assert.Equal(read, (await ReadAsync(reply + end)).ToString());

    [Theory]
    [InlineData("25")]
    [InlineData("2 0 ok")]
    [InlineData("ok")]
    [InlineData("")]
    [InlineData("\u0662\u0665\u0660 ok")]
    [InlineData("250-a\r\nok")]
    public async Task Without_three_digits_it_is_none(string reply) =>
        await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(reply + "\r\n"));

    [Theory]
    [InlineData("250\tqueued")]
    [InlineData("250ok")]
    [InlineData("250")]
    public async Task A_message_that_was_taken_with_odd_words_is_delivered(string final)
    {
        await using var server = new ScriptedServer(Hello + MailToOne + $"C: ...\nS: {final}");
        Assert.Equal(TransactionOutcome.Delivered, Assert.Single(await server.SendAsync(Mail())).Outcome);
    }

    [Fact]
    public async Task What_smtplib_takes_for_a_reply_is_one()
    {
        var random = new Random(17);
        var streams = Enumerable.Range(0, 500).Select(_ => Stream(random)).ToArray();
        var judged = await PythonJudge.RunAsync(Smtplib, Encoding.ASCII.GetBytes(string.Concat(streams.Select(stream => Convert.ToBase64String(stream) + "\n"))));
        var verdicts = judged.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        Assert.Equal(streams.Length, verdicts.Length);
        for (var i = 0; i < streams.Length; i++)
        {
            for (var cut = 1; cut <= 64; cut *= 8)
                Assert.Equal($"{verdicts[i]}:\n{Encoding.Latin1.GetString(streams[i])}", $"{await CodesAsync(streams[i], cut)}:\n{Encoding.Latin1.GetString(streams[i])}");
        }
    }

    [Theory]
    [InlineData("x")]
    [InlineData("\u00fc")]
    [InlineData("\u20ac")]
    [InlineData("\ud83d\ude00")]
    public async Task What_is_kept_of_a_long_reply_is_a_kilobyte_of_whole_characters(string character)
    {
        for (var shift = 0; shift < 4; shift++)
        {
            var line = "550 5.7.1 " + new string('a', shift) + string.Concat(Enumerable.Repeat(character, 4000));
            var reply = await ReadAsync(line + "\r\n250 next\r\n");
            Assert.Equal((550, "5.7.1"), (reply.Code, reply.EnhancedCode));
            Assert.InRange(Encoding.UTF8.GetByteCount(reply.Text), ReplyReader.KeptBytes - 3, ReplyReader.KeptBytes);
            Assert.DoesNotContain('\ufffd', reply.Text);
        }
    }

    [Fact]
    public async Task A_reply_of_a_thousand_lines_costs_a_kilobyte_and_the_next_reply_is_found()
    {
        var input = PipeReader.Create(new Cut(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("550-no, and here is why it is so at length\r\n", 1400)) + "550 no\r\n250 next\r\n"), 700));
        var reader = new ReplyReader(input);
        var reply = await reader.ReadAsync(ReplyReader.KeptBytes, default);
        Assert.Equal(550, reply.Code);
        Assert.InRange(reply.Text.Length, 900, ReplyReader.KeptBytes);
        Assert.Equal("250 next", (await reader.ReadAsync(ReplyReader.KeptBytes, default)).ToString());
    }

    [Fact]
    public async Task What_EHLO_says_last_counts_however_much_came_before()
    {
        await using var server = new ScriptedServer("S: 220 hi\nC: *\nS: 250-hi\n" + string.Concat(Enumerable.Repeat("S: 250-X-SOMETHING-OR-OTHER with words\n", 200)) + "S: 250 PIPELINING\nHANG");
        await using var connection = await server.OpenAsync();
        Assert.True(connection.Capabilities.Pipelining);
    }

    /// <summary>A few replies, most of them odd.</summary>
    private static byte[] Stream(Random random)
    {
        var text = new StringBuilder();
        for (var reply = random.Next(1, 5); reply > 0; reply--)
        {
            var code = Code(random);
            for (var line = random.Next(0, 4); line > 0; line--)
                text.Append(code).Append('-').Append(Words(random)).Append(End(random));
            text.Append(random.Next(10) == 0 ? Code(random) : code).Append(Pick(random, " ", " ", "\t", "", ":", "_", ".")).Append(Words(random)).Append(End(random));
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>No sign, space or underscore, which Python's int() takes for part of a number.</summary>
    private static string Code(Random random) => random.Next(25) == 0
        ? Pick(random, "ok!", "2x0", "x50", "25x", "HTTP", "***")
        : random.Next(10) == 0 ? random.Next(0, 1000).ToString("D3", CultureInfo.InvariantCulture) : Pick(random, "220", "250", "354", "421", "450", "550");

    private static string Words(Random random) => Pick(random, "", "ok", "2.0.0 ok", "5.1.1", "-", "- no", "\t x", "gr\u00fc\u00dfe", "250 ok", new string('x', random.Next(random.Next(20) == 0 ? 2000 : 20)));

    private static string End(Random random) => Pick(random, "\r\n", "\r\n", "\r\n", "\n");

    private static string Pick(Random random, params string[] from) => from[random.Next(from.Length)];

    private static Task<SmtpReply> ReadAsync(string bytes) =>
        new ReplyReader(PipeReader.Create(new MemoryStream(Encoding.UTF8.GetBytes(bytes)))).ReadAsync(ReplyReader.KeptBytes, default).AsTask();

    private static async Task<string> CodesAsync(byte[] stream, int cut)
    {
        var reader = new ReplyReader(PipeReader.Create(new Cut(stream, cut)));
        var codes = new List<int>();
        try
        {
            while (true)
                codes.Add((await reader.ReadAsync(ReplyReader.KeptBytes, default)).Code);
        }
        catch (EndOfStreamException)
        {
            return string.Join(' ', codes);
        }
        catch (InvalidDataException)
        {
            return string.Join(' ', codes.Append(-1));
        }
    }

    /// <summary>Gives so many bytes at once.</summary>
    private sealed class Cut(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}

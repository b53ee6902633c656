namespace Slimta.Tests.Edge;

/// <summary>Awkward messages come out of the queue as they went in, behind what the edge put before them.</summary>
[Collection("edge")]
public sealed class ByteForByteTests(RedisServer redis)
{
    private const string Head = "Date: x\r\nMessage-ID: <x@x>\r\n";
    private static readonly string Large = string.Concat(Enumerable.Range(0, 30_000).Select(i => $"line {i} {new string('y', i % 90)}\r\n"));

    /// <summary>What stands between Received and the message: an empty line where the message has no header.</summary>
    public static TheoryData<string, string, string> Messages => new()
    {
        { "plain", Head + "Subject: x\r\n\r\nbody\r\n", "" },
        { "eight bits", Head + "\r\n\x80\xff\xfe\xc3\x28\r\n", "" },
        { "a bare dot", Head + "\r\n.\r\n..\r\n...\r\n.x\r\n", "" },
        { "dots first", ".\r\n.\r\n", "Date|Message-ID|" },
        { "a line of 100 KB", Head + "\r\n" + new string('z', 100_000) + "\r\n", "" },
        { "a header line of 100 KB", Head + "X: " + new string('z', 100_000) + "\r\n\r\nbody\r\n", "" },
        { "no header", "just text\r\nwithout a header\r\n", "Date|Message-ID|" },
        { "an empty header", "\r\nbody\r\n", "Date|Message-ID" },
        { "only a header", Head + "Subject: x\r\n", "" },
        { "a folded line first", " folded\r\nDate: x\r\n\r\n", "Date|Message-ID|" },
        { "an mbox line first", "From a@b Mon Jan 1 00:00:00 2024\r\nDate: x\r\n\r\n", "Message-ID" },
        { "a quoted mbox line first", ">From a@b Mon Jan 1 00:00:00 2024\r\nDate: x\r\n\r\n", "Message-ID" },
        { "an mbox line and no header", "From now on\r\nno header\r\n\r\n", "Date|Message-ID|" },
        { "white space before the colon", "Subject : x\r\nDate : x\r\nMessage-ID\t: <x@x>\r\n\r\nbody\r\n", "" },
        { "empty lines at the end", Head + "\r\nbody\r\n\r\n\r\n\r\n", "" },
        { "trailing white space", Head + "\r\nbody \t \r\n \r\n", "" },
        { "controls and NUL", Head + "\r\n\0\x01\x08\x0b\x0c\x1b[0m\x7f\r\n", "" },
        { "UTF-8 in the header", Head + "Subject: \xc3\xa4\xe2\x82\xac\r\n\r\n\xc3\xa4\r\n", "" },
        { "odd field names", Head + "X-!#$%&'*+: y\r\nsUbJeCt:z\r\n: no name\r\n\r\nbody\r\n", "" },
        { "a date in the body", "Subject: x\r\n\r\nDate: in the body\r\n", "Date|Message-ID" },
        { "lower case fields", "date: x\r\nmessage-id: <x@x>\r\n\r\n", "" },
        { "beyond the inline limit", Head + "\r\n" + Large, "" },
        { "an encoded attachment", Head + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\".\"\r\n\r\n--.\r\n\r\n.\r\n--.--\r\n", "" },
    };

    [Theory]
    [MemberData(nameof(Messages))]
    public async Task Through_DATA_and_through_BDAT(string name, string message, string prepended)
    {
        Assert.NotEmpty(name);
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString);
        var stuffed = message.StartsWith('.') ? "." + message : message;
        const string Begin = "MAIL FROM:<a@a.test> BODY=8BITMIME\r\nRCPT TO:<b@b.test>\r\n";
        var half = message.Length / 2;
        var said = await host.SayAsync("EHLO c.test\r\n"
            + Begin + "DATA\r\n" + stuffed.Replace("\r\n.", "\r\n..", StringComparison.Ordinal) + ".\r\n"
            + Begin + $"BDAT {message.Length} LAST\r\n" + message
            + Begin + $"BDAT {half}\r\n" + message[..half] + $"BDAT {message.Length - half}\r\n" + message[half..] + "BDAT 0 LAST\r\n");
        Assert.Equal(3, said.Split("250 2.6.0 ").Length - 1);
        Check(await host.QueuedAsync(), message, prepended, count: 3);
    }

    [Theory]
    [InlineData("no end")]
    [InlineData("X: y")]
    [InlineData("X: y\r\n\r\nno end")]
    [InlineData("")]
    [InlineData(".")]
    public async Task Without_a_final_line_end_through_BDAT(string message)
    {
        await using var host = await EdgeHost.StartAsync(redis.Process.ConnectionString);
        await host.SayAsync($"EHLO c.test\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nBDAT {message.Length} LAST\r\n" + message);
        Check(await host.QueuedAsync(), message, message.StartsWith('X') || message.Length == 0 ? "Date|Message-ID" : "Date|Message-ID|", count: 1);
    }

    private static void Check(List<(Slimta.Storage.QueuedMessage Message, string Text)> queued, string message, string prepended, int count)
    {
        Assert.Equal(count, queued.Count);
        foreach (var (_, text) in queued)
        {
            Assert.EndsWith(message, text, StringComparison.Ordinal);
            var before = text[..^message.Length];
            var fields = before.Replace("\r\n\t", " ", StringComparison.Ordinal).Split("\r\n")[..^1];
            Assert.StartsWith("Received: ", fields[0], StringComparison.Ordinal);
            Assert.Equal(prepended, string.Join('|', fields[1..].Select(field => field.Split(':')[0])));
        }
    }
}

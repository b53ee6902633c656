using System.Text;

namespace Slimta.Storage.Tests;

/// <summary>Messages for tests.</summary>
public static class Mail
{
    public static readonly byte[] Content = Encoding.ASCII.GetBytes("From: a@example.com\r\nSubject: test\r\n\r\nHello.\r\n");

    public const string Text = "From: a@a.test\r\nTo: b@b.test\r\nSubject: hello\r\n\r\n.dot\r\nhello\r\n";

    public static Envelope To(params string[] recipients) => new()
    {
        Sender = "sender@example.com",
        Recipients = [.. recipients.Select(r => new Recipient(r))],
        Content = Content,
        Client = new ClientInfo { Ip = "192.0.2.1", Host = "client.example", HeloName = "helo.example", Protocol = "ESMTPSA", AuthenticatedAs = "user" },
        Receiver = "edge-1",
        Received = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
    };

    /// <summary>A message whose way is looked at: with <see cref="Text"/>, and from no client.</summary>
    public static Envelope From(string sender, params string[] recipients) => new()
    {
        Sender = sender,
        Recipients = [.. recipients.Select(recipient => new Recipient(recipient))],
        Content = Encoding.ASCII.GetBytes(Text),
        Received = TimeProvider.System.GetUtcNow(),
    };

    public static Envelope ToThree() => To("a@example.org", "b@example.org", "c@example.org");

    public static string Latin1(this ReadOnlyMemory<byte> bytes) => Encoding.Latin1.GetString(bytes.Span);

    public static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    public static AttemptRecord Attempt(params RecipientOutcome[] outcomes) => new()
    {
        Started = new DateTimeOffset(2026, 1, 2, 4, 0, 0, TimeSpan.Zero),
        Duration = TimeSpan.FromSeconds(1.5),
        Worker = "relay-1",
        TraceId = "0af7651916cd43dd8448eb211c80319c",
        Recipients = outcomes,
    };
}

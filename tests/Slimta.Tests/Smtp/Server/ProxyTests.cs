using System.Buffers.Binary;
using System.Net;
using System.Numerics;
using System.Text;
using Slimta.Smtp.Server;

namespace Slimta.Tests.Smtp.Server;

/// <summary>The PROXY protocol: only from configured peers, and from those always.</summary>
public sealed class ProxyTests
{
    private const string V2 = "\r\n\r\n\0\r\nQUIT\n";

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.7 192.0.2.1 5000 25\r\n", "192.0.2.7:5000")]
    [InlineData("PROXY TCP6 2001:db8::7 2001:db8::1 5000 25\r\n", "[2001:db8::7]:5000")]
    [InlineData("PROXY UNKNOWN\r\n", null)]
    [InlineData("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", null)]
    [InlineData(V2 + "\x21\x11\0\x0c\xc0\0\x02\x07\xc0\0\x02\x01\x13\x88\0\x19", "192.0.2.7:5000")]
    [InlineData(V2 + "\x21\x11\0\x0f\xc0\0\x02\x07\xc0\0\x02\x01\x13\x88\0\x19\x04\0\0", "192.0.2.7:5000")]
    [InlineData(V2 + "\x20\0\0\0", null)]
    [InlineData(V2 + "\x21\0\0\0", null)]
    [InlineData(V2 + "\x21\x31\0\0", null)]
    [InlineData(V2 + "\x21\x12\0\x0c\x7f\0\0\x01\x7f\0\0\x01\x13\x88\0\x19", null)]
    public async Task The_client_is_who_the_proxy_says(string header, string? client)
    {
        foreach (var pieces in Conversation.Splits(Encoding.Latin1.GetBytes(header)))
        {
            var seen = new Seen();
            var said = await Conversation.PlayAsync(pieces, seen, WithProxy());
            Assert.Equal("220 mx.test ESMTP\r\n", said);
            Assert.Equal(client, seen.Client);
        }
    }

    [Theory]
    [InlineData("EHLO c.test\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7\r\n")]
    [InlineData("PROXY TCP4 127.1 192.0.2.1 5000 25\r\n")]
    [InlineData("PROXY TCP4 ::1 192.0.2.1 5000 25\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 ::1 5000 25\r\n")]
    [InlineData("PROXY TCP6 127.0.0.1 192.0.2.1 5000 25\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 192.0.2.1 5000 99999\r\n")]
    [InlineData("PROXY UDP4 192.0.2.7 192.0.2.1 5000 25\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 192.0.2.1 5000 25\n")]
    [InlineData("PROXY TCP4 192.0.2.7 192.0.2.1 5000 25")]
    [InlineData("PROXY UNKNOWN xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n")]
    [InlineData(V2 + "\x31\x11\0\x0c\xc0\0\x02\x07\xc0\0\x02\x01\x13\x88\0\x19")]
    [InlineData(V2 + "\x21\x11\0\x04\xc0\0\x02\x07")]
    [InlineData(V2 + "\x21\x11\0\x0c\xc0\0")]
    [InlineData("")]
    public async Task A_proxy_without_a_good_header_is_closed_without_a_word(string header)
    {
        foreach (var pieces in Conversation.Splits(Encoding.Latin1.GetBytes(header)))
            Assert.Equal("", await Conversation.PlayAsync(pieces, new Seen(), WithProxy()));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData(60_000)]
    public async Task What_a_proxy_adds_to_the_addresses_is_stepped_over(int padding)
    {
        var header = WithFields(("\x02", "mx.test"), ("\x05", "a unique id"), ("\x20", "\x01\0\0\0\0\x21\0\x07TLSv1.3"), ("\x04", new string('\0', padding)), ("\xe0", "QUIT\r\n"));
        foreach (var pieces in new IEnumerable<byte[]>[] { [header], header.Chunk(100), header.Length < 2000 ? header.Chunk(1) : [header] })
        {
            var seen = new Seen();
            // Anything left over would be taken for a client that does not wait for its banner.
            Assert.Equal("220 mx.test ESMTP\r\n", await Conversation.PlayAsync(pieces, seen, WithProxy()));
            Assert.Equal("192.0.2.7:5000", seen.Client);
        }
    }

    [Fact]
    public async Task A_header_that_ends_within_what_was_added_is_no_header()
    {
        var header = WithFields(("\x05", "a unique id"));
        Assert.Equal("", await Conversation.PlayAsync([header[..^1]], new Seen(), WithProxy()));
    }

    [Fact]
    public async Task A_header_from_another_peer_is_just_a_wrong_command()
    {
        var seen = new Seen();
        var said = await Conversation.PlayAsync(
            ["PROXY TCP4 10.0.0.1 10.0.0.2 1 25\r\n"u8.ToArray()], seen, WithProxy(), from: new(IPAddress.Parse("192.0.2.9"), 1));
        Assert.Equal("220 mx.test ESMTP\r\n500 5.5.1 Command not recognized\r\n", said);
        Assert.Equal("192.0.2.9:1", seen.Client);
    }

    /// <summary>A header of version 2 with fields behind the addresses, the last of them its CRC32C (§2.2.3).</summary>
    private static byte[] WithFields(params (string Type, string Value)[] fields)
    {
        var added = string.Concat(fields.Append(("\x03", "\0\0\0\0")).Select(field => $"{field.Item1}{Number(field.Item2.Length)}{field.Item2}"));
        var header = Encoding.Latin1.GetBytes($"{V2}\x21\x11{Number(12 + added.Length)}\xc0\0\x02\x07\xc0\0\x02\x01\x13\x88\0\x19{added}");
        var sum = header.Aggregate(uint.MaxValue, BitOperations.Crc32C);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(header.Length - 4), ~sum);
        return header;

        static string Number(int number) => $"{(char)(number >> 8)}{(char)(number & 0xff)}";
    }

    private static SmtpServerOptions WithProxy() => new() { Hostname = "mx.test", Proxies = [IPNetwork.Parse("127.0.0.0/8")] };

    private sealed class Seen : SmtpHandler
    {
        public string? Client { get; private set; }

        public override ValueTask<Slimta.Smtp.SmtpReply?> ConnectAsync(SmtpSessionInfo session, CancellationToken cancellationToken)
        {
            Client = session.Client?.ToString();
            return default;
        }

        public override SmtpTransaction Begin(SmtpSessionInfo session, MailCommand mail) => throw new NotSupportedException();
    }
}

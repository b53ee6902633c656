using System.Text;
using CsCheck;
using Microsoft.Extensions.Configuration;
using Slimta.Edge;

namespace Slimta.Tests.Edge;

public sealed class HeaderScannerTests
{
    private static readonly string[] Lines =
        ["Received: x\r\n", "RECEIVED:\r\n", "Date: x\r\n", "Message-Id: x\r\n", " Date: folded\r\n", "\tx\r\n", "X: y\r\n", "\r\n", "no field\r\n", ": x\r\n", "Date : x\r\n", "From a@b Thu\r\n", ">From x\r\n", "Dat", "\r"];

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

    private static (int, int, int, bool, bool, bool) Seen(HeaderScanner header) => (header.Length, header.MailboxLines, header.Received, header.HasDate, header.HasMessageId, header.NeedsSeparator);
}

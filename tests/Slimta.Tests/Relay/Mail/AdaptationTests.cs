using System.Text;
using Slimta.Relay;
using Slimta.Relay.Dkim;
using Slimta.Smtp.Client;
using Slimta.Storage;
using Slimta.Tests.Client;

namespace Slimta.Tests.Relay;

public class AdaptationTests
{
    private const string Body8 = "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\ngr\u00fc\u00dfe\r\n";
    private const string Signed8 = "MIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=b; protocol=\"application/pgp-signature\"\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\u00fc\r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--b--\r\n";
    private const string Header8 = "Subject: gr\u00fc\u00dfe\r\n\r\nx\r\n";

    /// <summary>What goes to a server that offers <paramref name="extensions"/>.</summary>
    private static async Task<(OutgoingMail? Mail, List<RecipientResult> Refused)> AdaptAsync(
        string extensions, string content, string sender = "a@a.test", string recipient = "b@b.test", bool declaredUtf8 = false, MessageContent? queued = null, LongLines longLines = LongLines.Encode)
    {
        var lines = string.Concat(extensions.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(e => $"S: 250-{e.Replace('=', ' ')}\n"));
        await using var server = new ScriptedServer($"S: 220 hi\nC: *\nS: 250-hi\n{lines}S: 250 HELP\nHANG");
        await using var connection = await server.OpenAsync();
        var message = new QueuedMessage
        {
            Id = "1",
            Attempts = 0,
            RecipientCount = 1,
            Envelope = new Envelope
            {
                Sender = sender,
                Recipients = [recipient],
                Content = queued ?? Encoding.UTF8.GetBytes(content),
                Parameters = declaredUtf8 ? new Dictionary<string, string> { ["SMTPUTF8"] = "" } : new Dictionary<string, string>(),
            },
        };
        using var variants = new ContentVariants(message.Envelope.Content, new DkimSigning(new Dictionary<string, DkimOptions[]>(), TimeProvider.System), longLines);
        var refused = new List<RecipientResult>();
        return (await Adaptation.AdaptAsync(message, [.. message.Envelope.Recipients], connection, variants, refused, default), refused);
    }

    [Fact]
    public async Task An_8_bit_body_goes_as_it_is_where_8BITMIME_is_offered()
    {
        var (mail, _) = await AdaptAsync("8BITMIME", Body8);
        Assert.Equal(BodyKind.EightBit, mail!.Body);
        Assert.Equal(Encoding.UTF8.GetBytes(Body8), await mail.Content.ToArrayAsync());
    }

    [Fact]
    public async Task An_8_bit_body_is_encoded_where_it_is_not_and_says_the_same()
    {
        var (mail, _) = await AdaptAsync("", Body8);
        var bytes = await mail!.Content.ToArrayAsync();
        Assert.True(Ascii.IsValid(bytes));
        Assert.Equal("gr\u00fc\u00dfe\r\n", (await MimeKit.MimeMessage.LoadAsync(new MemoryStream(bytes))).TextBody!.ReplaceLineEndings("\r\n"));
        Assert.Equal(BodyKind.SevenBit, mail.Body);
    }

    [Theory]
    [InlineData("", Signed8, "a@a.test", "b@b.test", false, "5.6.3")]
    [InlineData("8BITMIME", Header8, "a@a.test", "b@b.test", true, "5.6.9")]
    [InlineData("8BITMIME", "Subject: x\r\n\r\nx\r\n", "j\u00fc@a.test", "b@b.test", true, "5.6.7")]
    [InlineData("8BITMIME", "Subject: x\r\n\r\nx\r\n", "a@a.test", "j\u00fc@b.test", true, "5.6.7")]
    [InlineData("8BITMIME CHUNKING", "Subject: x\r\n\r\na\nb\r\n", "a@a.test", "b@b.test", false, "5.6.3")]
    [InlineData("8BITMIME SIZE=20", "Subject: x\r\n\r\nmore than twenty\r\n", "a@a.test", "b@b.test", false, "5.3.4")]
    [InlineData("8BITMIME", "Subject: x\r\n\r\nx\r\n", "a@a.test", "b b@b.test", false, "5.1.3")]
    public async Task What_cannot_be_made_to_fit_is_refused_with_its_reason(
        string extensions, string content, string sender, string recipient, bool declaredUtf8, string status)
    {
        var (mail, refused) = await AdaptAsync(extensions, content, sender, recipient, declaredUtf8);
        Assert.Null(mail);
        var result = Assert.Single(refused);
        Assert.Equal((DeliveryOutcome.Permanent, status), (result.Outcome, result.Status));
    }

    [Theory]
    [InlineData("SMTPUTF8 8BITMIME", "j\u00fc@b.test", "j\u00fc@b.test", true)]
    [InlineData("8BITMIME", "a@b\u00fccher.test", "a@xn--bcher-kva.test", false)]
    [InlineData("SMTPUTF8 8BITMIME", "a@b\u00fccher.test", "a@xn--bcher-kva.test", false)]
    public async Task An_internationalised_address_goes_where_it_can(string extensions, string recipient, string sent, bool utf8)
    {
        var (mail, _) = await AdaptAsync(extensions, "Subject: x\r\n\r\nx\r\n", recipient: recipient, declaredUtf8: true);
        Assert.Equal((sent, utf8), (mail!.Recipients[0].Address, mail.Utf8));
    }

    [Fact]
    public async Task Odd_line_ends_go_by_BDAT_where_BINARYMIME_is_offered()
    {
        var (mail, _) = await AdaptAsync("8BITMIME CHUNKING BINARYMIME", "Subject: x\r\n\r\na\nb\r\n");
        Assert.Equal(BodyKind.Binary, mail!.Body);
    }

    [Fact]
    public async Task SMTPUTF8_is_not_asked_for_where_nothing_needs_it()
    {
        var (mail, _) = await AdaptAsync("8BITMIME SMTPUTF8", "Subject: x\r\n\r\nx\r\n", declaredUtf8: true);
        Assert.False(mail!.Utf8);
    }

    [Theory]
    [InlineData("8BITMIME", false, 0)]
    [InlineData("8BITMIME SMTPUTF8 CHUNKING", false, 0)]
    [InlineData("8BITMIME SMTPUTF8 CHUNKING", true, 1)]
    [InlineData("8BITMIME", true, 1)]
    [InlineData("8BITMIME SMTPUTF8 CHUNKING BINARYMIME", false, 1)]
    [InlineData("", false, 1)]
    public async Task Content_in_the_queue_is_read_ahead_only_where_the_answer_matters(string extensions, bool declaredUtf8, int reads)
    {
        var queued = new QueuedContent("Subject: x\r\n\r\nx\r\n"u8.ToArray());
        var (mail, _) = await AdaptAsync(extensions, "", declaredUtf8: declaredUtf8, queued: queued);
        Assert.Equal(reads, queued.Reads);
        Assert.False(mail!.Content.TryGetMemory(out _));
    }

    [Fact]
    public async Task Content_in_the_queue_with_an_8_bit_header_that_claims_to_be_UTF_8_is_still_refused_without_SMTPUTF8()
    {
        var (mail, refused) = await AdaptAsync("8BITMIME", "", declaredUtf8: true, queued: new QueuedContent(Encoding.UTF8.GetBytes(Header8)));
        Assert.Null(mail);
        Assert.Equal("5.6.9", Assert.Single(refused).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SMTPUTF8_is_asked_for_where_it_was_declared_or_an_address_needs_it_at_every_size(bool isQueued)
    {
        Assert.True(await AsksAsync(Header8, declaredUtf8: true));
        Assert.False(await AsksAsync(Header8, declaredUtf8: false));
        Assert.False(await AsksAsync(Body8, declaredUtf8: true));
        Assert.True(await AsksAsync(Body8, declaredUtf8: false, "j\u00fc@b.test"));

        async Task<bool> AsksAsync(string content, bool declaredUtf8, string recipient = "b@b.test")
        {
            var bytes = Encoding.UTF8.GetBytes(content);
            var (mail, _) = await AdaptAsync("8BITMIME SMTPUTF8", content, recipient: recipient, declaredUtf8: declaredUtf8, queued: isQueued ? new QueuedContent(bytes) : null);
            Assert.Equal(bytes, await mail!.Content.ToArrayAsync());
            return mail.Utf8;
        }
    }

    [Theory]
    [InlineData("SMTPUTF8 8BITMIME", Header8)]
    [InlineData("8BITMIME", Header8)]
    [InlineData("", Header8)]
    public async Task An_8_bit_header_that_was_not_declared_passes_as_it_came(string extensions, string content)
    {
        var (mail, refused) = await AdaptAsync(extensions, content);
        Assert.Empty(refused);
        Assert.False(mail!.Utf8);
        Assert.Equal(Encoding.UTF8.GetBytes(content), await mail.Content.ToArrayAsync());
    }

    [Fact]
    public async Task Nor_does_it_keep_the_body_from_being_encoded()
    {
        var (mail, _) = await AdaptAsync("", "X: \u00fc\r\n" + Body8);
        var text = Encoding.UTF8.GetString(await mail!.Content.ToArrayAsync());
        Assert.StartsWith("X: \u00fc\r\n", text, StringComparison.Ordinal);
        Assert.True(Ascii.IsValid(text.AsSpan(text.IndexOf("\r\n\r\n", StringComparison.Ordinal))));
    }

    /// <summary>Not at hand in memory.</summary>
    private sealed class QueuedContent(byte[] bytes) : MessageContent
    {
        public int Reads { get; private set; }

        public override long Length => bytes.Length;

        public override IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken = default)
        {
            Reads++;
            return From(bytes).ReadAsync(cancellationToken);
        }
    }
}

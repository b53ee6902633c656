using System.Text;
using Slimta.Storage;
using Slimta.Tests.Mailbox;

namespace Slimta.Tests.Relay;

/// <summary>Against Postfix and Dovecot, as scripts/real-servers.sh sets them up.</summary>
[Collection("relay")]
public class RealServersTests(RedisServer redis)
{
    private static readonly string? Lmtp = Environment.GetEnvironmentVariable("SLIMTA_LMTP_SERVER");

    /// <summary>Postfix, by the one mechanism of SASL that it offers there.</summary>
    private static string Smtp(string mechanism) =>
        Environment.GetEnvironmentVariable("SLIMTA_SMTP_SERVERS")!.Split(' ').Single(server => server.StartsWith(mechanism + "=", StringComparison.Ordinal)).Split('=')[1];

    private Task<RelayHost> RelayAsync(MailboxHost mailbox, string mechanism = "PLAIN") => RelayHost.StartAsync(redis.Process.ConnectionString, new()
    {
        ["Relay:Routes:postfix.test:NextHop"] = $"smtp://me:secret@{Smtp(mechanism)}",
        ["Relay:Routes:postfix.test:Tls"] = "Required",
        ["Relay:TrustedCertificates"] = Environment.GetEnvironmentVariable("SLIMTA_AUTHORITY"),
        ["Relay:Routes:lmtp.test:NextHop"] = $"lmtp://{Lmtp}",
        ["Relay:Routes:*:NextHop"] = mailbox.Address,
    });

    [RealServersTheory]
    [InlineData("PLAIN")]
    [InlineData("CRAM-MD5")]
    [InlineData("SCRAM-SHA-256")]
    public async Task Postfix_takes_the_good_recipients_after_STARTTLS_and_AUTH_and_the_sender_hears_of_the_other(string mechanism)
    {
        await using var mailbox = await MailboxHost.StartAsync();
        await using var relay = await RelayAsync(mailbox, mechanism);
        var id = await relay.WriteAsync("a@a.test", "good@postfix.test", "nobody@postfix.test", "also@postfix.test", "tempfail@else.test");
        Assert.Equal("deferred", await relay.SettledAsync(id));

        var outcomes = Assert.Single((await relay.Operator.InspectAsync(id)).Attempts).Recipients.OrderBy(outcome => outcome.Index).ToList();
        Assert.Equal([DeliveryOutcome.Delivered, DeliveryOutcome.Permanent, DeliveryOutcome.Delivered, DeliveryOutcome.Transient], outcomes.Select(o => o.Outcome));
        Assert.Matches("^Tls1[23], certificate verified$", outcomes[0].Tls);
        Assert.StartsWith("250 2.0.0 Ok: queued as", outcomes[0].Reply, StringComparison.Ordinal);
        Assert.StartsWith("554 5.7.1 <nobody@postfix.test>", outcomes[1].Reply, StringComparison.Ordinal);
        await KeptAsync(await mailbox.ArrivedAsync());
    }

    [RealServersFact]
    public async Task Postfix_is_not_sent_what_is_larger_than_it_takes()
    {
        await using var mailbox = await MailboxHost.StartAsync();
        await using var relay = await RelayAsync(mailbox);
        var large = Mail.Text + string.Concat(Enumerable.Repeat("a line that makes the message larger\r\n", 1000));
        await relay.Queue.WriteAsync(Mail.From("a@a.test", "good@postfix.test") with { Content = Encoding.Latin1.GetBytes(large) });
        Assert.Equal("done", (await relay.SettledAsync()).Settlement);
        Assert.Contains("Status: 5.3.4", (await mailbox.ArrivedAsync()).Content.Latin1(), StringComparison.Ordinal);
    }

    [RealServersFact]
    public async Task Dovecot_answers_for_each_recipient()
    {
        await using var mailbox = await MailboxHost.StartAsync();
        await using var relay = await RelayAsync(mailbox);
        var id = await relay.WriteAsync("a@a.test", "one@lmtp.test", "nobody@lmtp.test", "two@lmtp.test", "tempfail@else.test");
        Assert.Equal("deferred", await relay.SettledAsync(id));
        var outcomes = Assert.Single((await relay.Operator.InspectAsync(id)).Attempts).Recipients.OrderBy(outcome => outcome.Index).ToList();
        Assert.Equal([DeliveryOutcome.Delivered, DeliveryOutcome.Permanent, DeliveryOutcome.Delivered, DeliveryOutcome.Transient], outcomes.Select(o => o.Outcome));
        Assert.StartsWith("550 5.1.1 <nobody@lmtp.test>", outcomes[1].Reply, StringComparison.Ordinal);

        var kept = Directory.GetFiles(Path.Combine(Environment.GetEnvironmentVariable("SLIMTA_MAILDIRS")!, "one@lmtp.test"), "*", SearchOption.AllDirectories)
            .Where(file => file.Contains("/new/", StringComparison.Ordinal)).Select(File.ReadAllText);
        Assert.Contains(kept, text => text.EndsWith(Mail.Text.ReplaceLineEndings("\n"), StringComparison.Ordinal));
        await KeptAsync(await mailbox.ArrivedAsync());
    }

    /// <summary>Leaves the bounce where SLIMTA_BOUNCES says, for other parsers and for the eye.</summary>
    private static async Task KeptAsync(Slimta.Mailbox.MailboxMessage bounce)
    {
        Assert.Equal("", bounce.Sender);
        if (Environment.GetEnvironmentVariable("SLIMTA_BOUNCES") is { } folder)
            await File.WriteAllBytesAsync(Path.Combine(folder, $"{bounce.Id}.eml"), bounce.Content.ToArray());
    }

    private sealed class RealServersFactAttribute : FactAttribute
    {
        public RealServersFactAttribute() => Skip = Lmtp is null ? "run scripts/real-servers.sh" : null;
    }

    private sealed class RealServersTheoryAttribute : TheoryAttribute
    {
        public RealServersTheoryAttribute() => Skip = Lmtp is null ? "run scripts/real-servers.sh" : null;
    }
}

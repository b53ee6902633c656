using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Slimta.Storage;
using Slimta.Tests.Mailbox;

namespace Slimta.Tests.Relay;

/// <summary>Mail that was taken from a client of which nothing is known: its sender and its From field may be forged.</summary>
[Collection("relay")]
public sealed class StrangerMailTests(RedisServer redis) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slimta-stranger-");

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task<RelayHost> StartAsync(MailboxHost mailbox, params (string, string?)[] settings)
    {
        var key = Path.Combine(_folder.FullName, "key.pem");
        using (var rsa = RSA.Create(2048))
            await File.WriteAllTextAsync(key, rsa.ExportPkcs8PrivateKeyPem());
        return await RelayHost.StartAsync(redis.Process.ConnectionString, new(settings.Select(s => KeyValuePair.Create(s.Item1, s.Item2)))
        {
            ["Relay:Smarthost"] = mailbox.Address,
            ["Relay:Dkim:a.test:0:Selector"] = "s",
            ["Relay:Dkim:a.test:0:KeyFile"] = key,
        });
    }

    private static Envelope From(ClientInfo client, string to = "b@b.test", params (string, string)[] parameters) => Mail.From("v@victim.test", to) with
    {
        Client = client,
        Content = Encoding.ASCII.GetBytes($"From: boss@a.test\r\nX-Pad: {new string('x', 900)}\r\n{string.Concat(Enumerable.Repeat($"X-Pad: {new string('y', 900)}\r\n", 9))}\r\nspam\r\n"),
        Parameters = parameters.ToDictionary(p => p.Item1, p => p.Item2),
    };

    public static TheoryData<TrustedAs, string, string?, bool> Clients() => new()
    {
        { TrustedAs.Stranger, "ESMTP", null, false },
        { TrustedAs.Network, "ESMTP", null, true },
        { TrustedAs.User, "ESMTPSA", "ann", true },
        { TrustedAs.ApiKey, "HTTP", "shop", true },
        { TrustedAs.Local, "local", null, true },
        // Stored before it was kept.
        { TrustedAs.Unknown, "ESMTP", null, false },
        { TrustedAs.Unknown, "ESMTPSA", "ann", true },
        { TrustedAs.Unknown, "HTTP", null, true },
        { TrustedAs.Unknown, "local", null, true },
    };

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Our_signature_is_for_our_own_mail(TrustedAs trust, string protocol, string? user, bool ours)
    {
        await using var mailbox = await MailboxHost.StartAsync();
        await using var relay = await StartAsync(mailbox);
        await relay.Queue.WriteAsync(From(new() { Protocol = protocol, Trust = trust, AuthenticatedAs = user }));
        Assert.Equal(ours, (await mailbox.ArrivedAsync()).Content.Latin1().StartsWith("DKIM-Signature: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_report_to_a_strangers_sender_has_a_piece_of_the_header_and_nothing_of_the_body()
    {
        await using var mailbox = await MailboxHost.StartAsync();
        await using var relay = await StartAsync(mailbox);
        await relay.Queue.WriteAsync(From(new() { Protocol = "ESMTP", Trust = TrustedAs.Stranger }, "permfail@b.test", ("RET", "FULL")));
        var report = await mailbox.ArrivedAsync();
        Assert.Equal(("", "v@victim.test"), (report.Sender, Assert.Single(report.Recipients)));
        Assert.DoesNotContain("spam", report.Content.Latin1(), StringComparison.Ordinal);
        Assert.InRange(report.Content.Length, 1, StrangerReports.MaxReturnedBytes + 4096);
    }

    [Fact]
    public async Task Beyond_the_hours_number_strangers_senders_get_no_reports_and_others_still_do()
    {
        await using var mailbox = await MailboxHost.StartAsync();
        await using var relay = await StartAsync(mailbox, ("Relay:Bounces:ToStrangersPerHour", "1"));
        var stranger = new ClientInfo { Protocol = "ESMTP", Trust = TrustedAs.Stranger };
        await relay.Queue.WriteAsync(From(stranger, "permfail@b.test"));
        await mailbox.ArrivedAsync();
        var second = await relay.Queue.WriteAsync(From(stranger, "permfail@b.test"));
        Assert.Equal("done", await relay.SettledAsync(second));
        await relay.Queue.WriteAsync(From(stranger with { Trust = TrustedAs.Network }, "permfail@b.test"));
        await mailbox.ArrivedAsync();
        Assert.Equal(2, mailbox.Store.Total);
    }

    [Fact]
    public void Each_domain_has_its_number_in_each_hour()
    {
        var time = new FakeTimeProvider();
        var reports = new StrangerReports(new BounceOptions { ToStrangersPerHour = 2 }, time);
        Assert.True(reports.TryTake("a@a.test") && reports.TryTake("b@A.test"));
        Assert.False(reports.TryTake("c@a.test"));
        Assert.True(reports.TryTake("a@b.test"));
        // However its domain is written, it is one.
        Assert.True(reports.TryTake("a@b\u00fccher.test") && reports.TryTake("a@xn--bcher-kva.test"));
        Assert.All(["a@BU\u0308CHER.test", "a@b\u00ad\u00fccher.test", "a@\uff42\u00fccher.test"], sender => Assert.False(reports.TryTake(sender)));
        time.Advance(TimeSpan.FromHours(1));
        Assert.True(reports.TryTake("a@a.test"));
    }
}

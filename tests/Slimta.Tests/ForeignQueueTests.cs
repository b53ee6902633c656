using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Slimta.Relay;
using Slimta.Storage;
using Slimta.Tests.Edge;
using Slimta.Tests.Mailbox;

namespace Slimta.Tests;

/// <summary>Our edge and our relay on a queue that has what <see cref="IQueueStorage"/> says, and nothing else of ours.</summary>
public class ForeignQueueTests
{
    private static Task<EdgeHost> StartAsync(MailboxHost mailbox) => EdgeHost.StartAsync(
        builder =>
        {
            builder.Services.AddSingleton<IQueueStorage>(new MemoryQueue()).AddHealthChecks();
            builder.AddRelay();
        },
        new() { ["Relay:HelloName"] = "relay.test", ["Relay:Smarthost"] = mailbox.Address });

    [Fact]
    public async Task What_it_takes_by_SMTP_and_by_HTTP_is_delivered()
    {
        await using var mailbox = await MailboxHost.StartAsync();
        await using var host = await StartAsync(mailbox);

        Assert.Contains("\n250 2.6.0 ", await host.SayAsync("EHLO c.test\r\n" + EdgeHost.Transaction), StringComparison.Ordinal);
        Assert.Equal(["b@b.test"], (await mailbox.ArrivedAsync()).Recipients);
        using var answer = await host.PostAsync();
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal(["b@b.test"], (await mailbox.ArrivedAsync()).Recipients);
    }

    [Fact]
    public async Task A_refused_recipient_bounces_through_it()
    {
        await using var mailbox = await MailboxHost.StartAsync();
        await using var host = await StartAsync(mailbox);
        await host.Queue.WriteAsync(Mail.From("sender@a.test", "permfail@b.test"));

        var report = await mailbox.ArrivedAsync();
        Assert.Equal(("", "sender@a.test"), (report.Sender, Assert.Single(report.Recipients)));
    }

    /// <summary>The operators' routes ask for more than it has.</summary>
    [Fact]
    public async Task It_has_no_routes_for_operators()
    {
        await using var mailbox = await MailboxHost.StartAsync();
        await using var host = await StartAsync(mailbox);
        using var http = new HttpClient { BaseAddress = host.Http };
        foreach (var path in new[] { "/operator/messages", "/queue/" })
        {
            using var answer = await http.GetAsync(path);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    /// <summary>As when its client was told to come back, and does.</summary>
    [Fact]
    public async Task It_forgets_what_is_withdrawn()
    {
        await using var mailbox = await MailboxHost.StartAsync();
        await using var host = await StartAsync(mailbox);
        var writer = host.Queue.BeginWrite();
        var id = await host.Queue.WriteAsync(Mail.From("sender@a.test", "b@b.test"), TimeSpan.FromHours(1));
        host.Withdrawals.Begin(id, Task.FromResult(id), writer, harmless: false);
        await host.Withdrawals.WhenIdle();
        await Assert.ThrowsAnyAsync<KeyNotFoundException>(() => host.Queue.GetAsync(id));
    }
}

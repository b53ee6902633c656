using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Slimta.Relay;
using Slimta.Storage;
using Slimta.Tests.Edge;
using Slimta.Tests.Mailbox;

namespace Slimta.Tests;

/// <summary>Our edge and our relay on a queue that has what <see cref="IQueueStorage"/> says, and nothing else of ours.</summary>
public class ForeignQueueTests
{
    private static Task<EdgeHost> StartAsync(MailboxHost mailbox, Action<IServiceCollection>? services = null, string? setting = null) => EdgeHost.StartAsync(
        builder =>
        {
            builder.Services.AddSingleton<IQueueStorage>(new MemoryQueue()).AddHealthChecks();
            builder.AddRelay();
        },
        new() { ["Relay:HelloName"] = "relay.test", ["Relay:Smarthost"] = mailbox.Address, [setting ?? "Storage:Owner"] = "1" }, services);

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

    [Fact]
    public async Task A_setting_of_the_queue_that_is_unknown_stops_the_start()
    {
        await using var mailbox = await MailboxHost.StartAsync();
        var wrong = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(mailbox, setting: "Storage:Ownr"));
        Assert.Contains("'Ownr'", wrong.Message, StringComparison.Ordinal);
    }

    /// <summary>The operators' routes, and the end of held mail, ask for more than it has.</summary>
    [Fact]
    public async Task It_has_no_routes_for_operators_and_says_why()
    {
        await using var mailbox = await MailboxHost.StartAsync();
        using var log = new LogLines();
        await using var host = await StartAsync(mailbox, services =>
        {
            log.AddTo(services);
            services.AddSingleton(DispatchProxy.Create<IQueueRules, Unasked>());
        });
        Assert.Contains("There are no routes for operators: the queue has no IQueueOperator, IRelayStates, IOrderJobs, IQueueHistory. Register them, or use AddMailQueue", log.Lines);
        // A service in the background says it, maybe a moment after the start.
        await log.SaidAsync("Held messages do not end by their age: the queue has no IQueueOperator. Register one, or use AddMailQueue");
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

    /// <summary>No mail is there to ask about.</summary>
    [SuppressMessage("Design", "MA0053", Justification = "A DispatchProxy is derived from at run time.")]
    private class Unasked : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => throw new NotSupportedException($"{targetMethod}");
    }
}

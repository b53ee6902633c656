using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Slimta.Relay;
using Slimta.Storage;

namespace Slimta.Tests.Relay;

/// <summary>What no operator decides in time.</summary>
[Collection("relay")]
public sealed class HeldMailTests(RedisServer redis)
{
    [Fact]
    public async Task Held_for_too_long_a_message_is_bounced_and_one_without_a_sender_dropped()
    {
        var prefix = $"t{Guid.NewGuid():N}:";
        // Neither delivers the report, and neither finds by DNS that its domain does not exist.
        var settings = new Dictionary<string, string?> { ["Relay:Retry:MaxHeldAge"] = "00:30:00", ["Relay:Smarthost"] = "127.0.0.1:1" };
        await using var queue = await RelayHost.StartAsync(redis.Process.ConnectionString, settings, prefix: prefix);
        var from = await HoldAsync(queue, "sender@s.test");
        var fromNobody = await HoldAsync(queue, "");

        // Another relay, an hour later by its clock. Its first look finds them.
        var later = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddHours(1));
        await using var relay = await RelayHost.StartAsync(redis.Process.ConnectionString, settings, services => services.AddSingleton<TimeProvider>(later), prefix);

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((await queue.Operator.CountAsync(patience.Token)).Held > 0)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
        await Assert.ThrowsAsync<KeyNotFoundException>(() => queue.Queue.GetAsync(from));
        await Assert.ThrowsAsync<KeyNotFoundException>(() => queue.Queue.GetAsync(fromNobody));
        var reports = new List<MessageMetadata?>();
        await foreach (var listing in queue.Operator.BrowseAsync(cancellationToken: patience.Token))
            reports.Add(listing.Message);
        Assert.Equal("sender@s.test", Assert.Single(Assert.Single(reports)!.Recipients).Address);
        Assert.Contains(relay.Log, line => line.Contains(fromNobody, StringComparison.Ordinal) && line.Contains("no sender", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_not_held_for_so_long_or_not_held_at_all_is_not_ended()
    {
        await using var queue = await RelayHost.StartAsync(redis.Process.ConnectionString);
        var held = await HoldAsync(queue, "sender@s.test");
        var scheduled = await queue.Queue.WriteAsync(Message("sender@s.test"), TimeSpan.FromHours(1));

        await Assert.ThrowsAsync<MessageNotFoundException>(() => queue.Operator.ExpireHeldAsync(held, TimeProvider.System.GetUtcNow().AddMinutes(-1), []));
        await Assert.ThrowsAsync<MessageNotFoundException>(() => queue.Operator.ExpireHeldAsync(scheduled, TimeProvider.System.GetUtcNow().AddMinutes(1), []));
        await queue.Operator.ExpireHeldAsync(held, TimeProvider.System.GetUtcNow().AddMinutes(1), []);
        Assert.Equal((0, 1), ((await queue.Operator.CountAsync()).Held, (await queue.Operator.CountAsync()).Total));
    }

    /// <summary>As a connection that is given up while the queue's server is away.</summary>
    [Fact]
    public async Task A_look_that_a_stop_ends_with_an_error_is_no_failure()
    {
        var queue = DispatchProxy.Create<IQueueOperator, Ending>();
        using var held = new HeldMail(null!, null!, new RelayOptions(), null!, TimeProvider.System, NullLogger<HeldMail>.Instance, queue);
        await held.StartAsync(CancellationToken.None);
        await ((Ending)(object)queue).Asked.Task;
        await held.StopAsync(CancellationToken.None);
        Assert.False(held.ExecuteTask!.IsFaulted, $"{held.ExecuteTask.Exception}");
    }

    private static Envelope Message(string sender) => new()
    {
        Sender = sender,
        Recipients = [new Recipient("r@r.test")],
        Content = System.Text.Encoding.ASCII.GetBytes("Subject: x\r\n\r\nbody\r\n"),
        Received = TimeProvider.System.GetUtcNow(),
    };

    private static async Task<string> HoldAsync(RelayHost host, string sender)
    {
        var id = await host.Queue.WriteAsync(Message(sender), TimeSpan.FromHours(2));
        await host.Operator.HoldAsync(id, "to look at");
        return id;
    }

    /// <summary>A queue whose answer to a look is an error, once it is not waited for any more.</summary>
    [SuppressMessage("Design", "MA0053", Justification = "A DispatchProxy is derived from at run time.")]
    private class Ending : DispatchProxy
    {
        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        protected override object? Invoke(MethodInfo? method, object?[]? arguments) => LookAsync((CancellationToken)arguments![^1]!);

        private async IAsyncEnumerable<QueueListing> LookAsync([EnumeratorCancellation] CancellationToken stop)
        {
            yield return await AnswerAsync(stop);
        }

        private async Task<QueueListing> AnswerAsync(CancellationToken stop)
        {
            var stopped = new TaskCompletionSource();
            await using var registration = stop.Register(stopped.SetResult);
            Asked.SetResult();
            await stopped.Task;
            throw new QueueUnavailableException("It was given up.", outcomeUnknown: false);
        }
    }
}

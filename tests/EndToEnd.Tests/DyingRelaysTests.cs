using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Slimta.Smtp;
using Slimta.Smtp.Server;
using Slimta.Storage;
using Slimta.Storage.Tests.Support;

namespace Slimta.EndToEnd;

/// <summary>Relay processes that die by SIGKILL, of a message or for another reason, at the default settings.</summary>
public sealed class DyingRelaysTests
{
    [Fact]
    public async Task The_one_message_that_kills_relays_is_held_and_500_others_arrive()
    {
        const int Good = 500;
        await using var redis = await RedisProcess.StartAsync();
        await using var mailbox = await DeadlyMailbox.StartAsync();
        await using var queue = await QueueClient.StartAsync(redis.ConnectionString, "poison:");
        for (var i = 0; i < Good; i++)
        {
            await queue.WriteAsync($"good{i}@b.test");
            if (i == 20)
                await queue.WriteAsync("poison@b.test");
        }

        var poison = "";
        for (var deaths = 0; deaths < 5; deaths++)
        {
            await using var relay = await StartRelayAsync(redis, "poison:", mailbox);
            await mailbox.MetAsync("poison@b.test");
            await relay.KillAsync();
            mailbox.Forget();
        }
        await using var last = await StartRelayAsync(redis, "poison:", mailbox);
        while (poison.Length == 0)
        {
            await foreach (var held in queue.Operator.BrowseAsync(MessageState.Held))
            {
                Assert.Equal("poison@b.test", held.Message!.Recipients.Single().Address);
                Assert.Contains("the relay had nothing else in hand and died", held.HoldReason, StringComparison.Ordinal);
                poison = held.Id;
            }
            // Another process, which can only be asked.
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
        await queue.HoldsAsync(1);
        Assert.Equal(Good, mailbox.Taken.Distinct().Count());
    }

    [Fact]
    public async Task Five_SIGKILLs_hold_none_of_the_messages_that_were_under_way()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var mailbox = await DeadlyMailbox.StartAsync();
        await using var queue = await QueueClient.StartAsync(redis.ConnectionString, "killed:");
        for (var i = 0; i < 40; i++)
            await queue.WriteAsync($"good{i}@b.test");
        mailbox.Answers = false;
        for (var kills = 0; kills < 5; kills++)
        {
            await using var relay = await StartRelayAsync(redis, "killed:", mailbox);
            await mailbox.MetAsync(null);
            await relay.KillAsync();
            mailbox.Forget();
        }
        mailbox.Answers = true;

        await using var last = await StartRelayAsync(redis, "killed:", mailbox);
        await queue.HoldsAsync(0);
        Assert.Equal(40, mailbox.Taken.Distinct().Count());
    }

    [Fact]
    public async Task A_successor_delivers_what_a_killed_relay_held_long_before_the_leases_end()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var mailbox = await DeadlyMailbox.StartAsync();
        await using var queue = await QueueClient.StartAsync(redis.ConnectionString, "next:");
        for (var i = 0; i < 40; i++)
            await queue.WriteAsync($"good{i}@b.test");
        mailbox.Answers = false;
        await using (var killed = await StartRelayAsync(redis, "next:", mailbox))
        {
            await mailbox.MetAsync(null);
            await killed.KillAsync();
        }
        mailbox.Answers = true;

        await using var next = await StartRelayAsync(redis, "next:", mailbox);
        await queue.HoldsAsync(0).WaitAsync(TimeSpan.FromMinutes(5), TimeProvider.System);
        Assert.Equal(40, mailbox.Taken.Distinct().Count());
    }

    private static Task<StandaloneProcess> StartRelayAsync(RedisProcess redis, string prefix, DeadlyMailbox mailbox) => StandaloneProcess.StartAsync("relay", new()
    {
        ["ConnectionStrings:redis"] = redis.ConnectionString,
        ["Storage:Prefix"] = prefix,
        ["Storage:Lease"] = "01:00:00",
        ["Relay:Smarthost"] = mailbox.Address,
        ["Logging:LogLevel:Default"] = "Warning",
    });

    /// <summary>Takes mail; tells whom it meets, so that the relay that brings them can be killed, and says no word to some.</summary>
    private sealed class DeadlyMailbox : SmtpHandler, IAsyncDisposable
    {
        private readonly Channel<string> _met = Channel.CreateUnbounded<string>();
        private readonly int _port = RedisProcess.FreePort();
        private readonly CancellationTokenSource _over = new();
        private SmtpServer? _server;

        public string Address => $"127.0.0.1:{_port}";

        public ConcurrentQueue<string> Taken { get; } = [];

        /// <summary>False: it lets every recipient wait for its reply, until the relay dies.</summary>
        public bool Answers { get; set; } = true;

        public static async Task<DeadlyMailbox> StartAsync()
        {
            var mailbox = new DeadlyMailbox();
            var options = new SmtpServerOptions { Hostname = "mailbox.test", IsExempt = _ => true };
            options.Endpoints.Add(new SmtpEndpoint(new IPEndPoint(IPAddress.Loopback, mailbox._port)));
            mailbox._server = new SmtpServer(options, mailbox, NullLoggerFactory.Instance);
            await mailbox._server.StartAsync();
            return mailbox;
        }

        /// <summary>A relay has begun with this recipient, or with any that is not answered.</summary>
        public async Task MetAsync(string? recipient)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            while (await _met.Reader.ReadAsync(patience.Token) is var met && recipient is not null && met != recipient)
            {
            }
        }

        /// <summary>What a relay that is dead has brought is not news of the next.</summary>
        public void Forget()
        {
            while (_met.Reader.TryRead(out _))
            {
            }
        }

        public override SmtpTransaction Begin(SmtpSessionInfo session, MailCommand mail) => new Transaction(this);

        public async ValueTask DisposeAsync()
        {
            // Who waits for a reply waits no longer.
            await _over.CancelAsync();
            await _server!.DisposeAsync();
            _over.Dispose();
        }

        private sealed class Transaction(DeadlyMailbox mailbox) : SmtpTransaction
        {
            private readonly List<string> _recipients = [];

            public override async ValueTask<SmtpReply> RecipientAsync(RcptCommand recipient, CancellationToken cancellationToken)
            {
                var address = recipient.Mailbox.ToString();
                if (!mailbox.Answers || address == "poison@b.test")
                {
                    await mailbox._met.Writer.WriteAsync(address, cancellationToken);
                    // The harm itself: no answer, until the test is over.
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, mailbox._over.Token).WaitAsync(cancellationToken);
                }
                _recipients.Add(address);
                return await base.RecipientAsync(recipient, cancellationToken);
            }

            public override ValueTask<SmtpReply?> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => default;

            public override ValueTask<SmtpReply> CompleteAsync(CancellationToken cancellationToken)
            {
                foreach (var recipient in _recipients)
                    mailbox.Taken.Enqueue(recipient);
                return new(new SmtpReply(250, "2.0.0", "Ok"));
            }
        }
    }
}

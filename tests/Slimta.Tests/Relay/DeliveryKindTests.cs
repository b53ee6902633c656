using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Slimta.Relay;
using Slimta.Storage;
using Slimta.Tests.Mailbox;

namespace Slimta.Tests.Relay;

[Collection("relay")]
public class DeliveryKindTests(RedisServer redis)
{
    private static readonly Dictionary<string, string?> ToFolder = new() { ["Relay:Routes:folder.test:Delivery"] = "Folder" };

    private Task<RelayHost> StartAsync(MailboxHost mailbox, Folder folder) => RelayHost.StartAsync(redis.Process.ConnectionString,
        new(ToFolder) { ["Relay:Smarthost"] = mailbox.Address }, services => services.AddSingleton(folder).AddDelivery<FolderDelivery>("folder"));

    [Fact]
    public async Task One_message_goes_by_SMTP_to_some_and_by_another_delivery_to_others()
    {
        var folder = new Folder();
        await using var mailbox = await MailboxHost.StartAsync();
        await using var relay = await StartAsync(mailbox, folder);
        var id = await relay.WriteAsync("a@a.test", "one@folder.test", "two@mail.test", "three@Folder.Test");

        Assert.Equal((id, "done"), await relay.SettledAsync());
        Assert.Equal(["two@mail.test"], (await mailbox.ArrivedAsync()).Recipients);
        Assert.Equal(["one@folder.test", "three@Folder.Test"], folder.Recipients);
        Assert.Equal(0, (await relay.Operator.CountAsync()).Total);
    }

    [Fact]
    public async Task A_delivery_that_throws_leaves_its_own_recipients_and_no_others()
    {
        var folder = new Folder { Fails = true };
        await using var mailbox = await MailboxHost.StartAsync();
        await using var relay = await StartAsync(mailbox, folder);
        var id = await relay.WriteAsync("a@a.test", "one@folder.test", "two@mail.test");

        Assert.Equal((id, "deferred"), await relay.SettledAsync());
        Assert.Equal(["two@mail.test"], (await mailbox.ArrivedAsync()).Recipients);
        Assert.Equal("one@folder.test", Assert.Single((await relay.Queue.GetAsync(id)).Envelope.Recipients).Address);
    }

    [Fact]
    public async Task What_has_arrived_by_one_is_marked_while_the_other_is_still_at_it()
    {
        var folder = new Folder { Go = new() };
        await using var mailbox = await MailboxHost.StartAsync();
        await using var services = Relay(folder, new(ToFolder) { ["Relay:Smarthost"] = mailbox.Address }).BuildServiceProvider();
        var attempt = new Marks(Queued("one@folder.test", "two@mail.test"));

        var delivery = services.GetRequiredService<IDelivery>().DeliverAsync(attempt);
        Assert.Equal([1], await attempt.Marked.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        folder.Go.SetResult();
        Assert.All(await delivery, result => Assert.Equal(DeliveryOutcome.Delivered, result.Outcome));
    }

    /// <summary>Without a queue, and without a server.</summary>
    [Fact]
    public async Task All_kinds_can_be_wrapped()
    {
        var (folder, seen) = (new Folder(), new ConcurrentQueue<string>());
        var described = Relay(folder, ToFolder);
        described.WrapDeliveries((_, inner) => new Noting(inner, "inner", seen)).WrapDeliveries((_, inner) => new Noting(inner, "outer", seen));
        await using var services = described.BuildServiceProvider();

        var result = Assert.Single(await services.GetRequiredService<IDelivery>().DeliverAsync(new DeliveryContext(Queued("one@folder.test"))));
        Assert.Equal((DeliveryOutcome.Delivered, "2.0.0"), (result.Outcome, result.Status));
        Assert.Equal(["outer", "inner"], seen);
    }

    [Fact]
    public void A_delivery_takes_the_place_of_SMTP_by_its_name()
    {
        var services = Relay(new Folder(), [], "SMTP");
        Assert.IsType<FolderDelivery>(services.BuildServiceProvider().GetRequiredKeyedService<IDelivery>("smtp"));
    }

    [Theory]
    [InlineData("Delivery", "fax", "Relay:Routes:a.test:Delivery is \"fax\"; it must be one of: folder, smtp.")]
    [InlineData("Delivery", "", "Relay:Routes:a.test:Delivery is \"\"; it must be one of: folder, smtp.")]
    [InlineData("Tls", "Required", "Relay:Routes:a.test:Tls is a setting of SMTP, and Relay:Routes:a.test:Delivery is \"folder\"; remove one of them.")]
    public void A_kind_that_is_not_there_or_not_served_by_a_setting_stops_the_start(string setting, string value, string problem)
    {
        using var services = Relay(new Folder(), new()
        {
            ["Relay:Routes:a.test:Delivery"] = "folder",
            [$"Relay:Routes:a.test:{setting}"] = value,
        }).BuildServiceProvider();
        var e = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<RelayOptions>>().Value);
        Assert.Equal([problem], e.Failures);
    }

    private static IServiceCollection Relay(Folder folder, Dictionary<string, string?> settings, string name = "folder")
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "relay-test" });
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Services.AddSingleton(folder).AddDelivery<FolderDelivery>(name);
        builder.AddRelay();
        return builder.Services;
    }

    private static QueuedMessage Queued(params string[] recipients)
    {
        var envelope = Mail.From("a@a.test", recipients);
        return new() { Id = "1", Envelope = envelope with { Recipients = [.. envelope.Recipients.Select((recipient, i) => recipient with { Index = i })] }, Attempts = 0, RecipientCount = recipients.Length };
    }

    private sealed class Folder
    {
        public ConcurrentQueue<string> Recipients { get; } = new();
        public bool Fails { get; init; }
        public TaskCompletionSource? Go { get; init; }
    }

    private sealed class FolderDelivery(Folder folder) : IDelivery
    {
        public async Task<IReadOnlyList<RecipientResult>> DeliverAsync(DeliveryContext context)
        {
            if (folder.Fails)
                throw new IOException("The disk is gone.");
            if (folder.Go is { } go)
                await go.Task;
            var recipients = context.Message.Envelope.Recipients;
            foreach (var recipient in recipients)
                folder.Recipients.Enqueue(recipient.Address);
            return [.. recipients.Select(recipient => new RecipientResult(recipient, DeliveryOutcome.Delivered))];
        }
    }

    private sealed class Noting(IDelivery inner, string name, ConcurrentQueue<string> seen) : IDelivery
    {
        public Task<IReadOnlyList<RecipientResult>> DeliverAsync(DeliveryContext context)
        {
            seen.Enqueue(name);
            return inner.DeliverAsync(context);
        }
    }

    private sealed class Marks(QueuedMessage message) : DeliveryContext(message)
    {
        public TaskCompletionSource<IReadOnlyCollection<int>> Marked { get; } = new();

        public override ValueTask MarkDeliveredAsync(IReadOnlyCollection<int> indexes)
        {
            Marked.TrySetResult(indexes);
            return default;
        }
    }
}

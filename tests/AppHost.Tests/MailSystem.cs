using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace AppHost.Tests;

/// <summary>The AppHost as it runs on a developer's machine: containers, edge, two relays, without the dashboard.</summary>
public sealed class MailSystem : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private DistributedApplication? _app;

    internal DistributedApplication App => _app ?? throw new InvalidOperationException("The system has not started.");

    internal Mailbox Mailbox => new(App.CreateHttpClient("mailbox", "http"));

    public async Task InitializeAsync()
    {
        using var timeout = new CancellationTokenSource(Patience);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(timeout.Token);
        UseAnotherVolume(builder);
        _app = await builder.BuildAsync(timeout.Token);
        await App.StartAsync(timeout.Token);
        foreach (var resource in (string[])["redis", "mailbox", "edge", "relay"])
            await App.ResourceNotifications.WaitForResourceHealthyAsync(resource, timeout.Token);
    }

    public async Task DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
    }

    /// <summary>Returns when the edge has answered 250 to every message, each with its subject.</summary>
    internal async Task SendAsync(IEnumerable<string> subjects, CancellationToken cancellationToken)
    {
        var edge = App.GetEndpoint("edge", "smtp");
        using var client = new SmtpClient();
        await client.ConnectAsync(edge.Host, edge.Port, SecureSocketOptions.None, cancellationToken);
        foreach (var subject in subjects)
        {
            using var message = new MimeMessage(
                from: [MailboxAddress.Parse("sender@example.com")],
                to: [MailboxAddress.Parse("recipient@example.net")],
                subject,
                new TextPart("plain") { Text = "Accepted is delivered.\r\n" });
            await client.SendAsync(message, cancellationToken);
        }

        await client.DisconnectAsync(quit: true, cancellationToken);
    }

    /// <summary>Runs a command as the dashboard does, on every replica.</summary>
    internal async Task CommandAsync(string resource, string command, CancellationToken cancellationToken)
    {
        var model = (DistributedApplicationModel)App.Services.GetService(typeof(DistributedApplicationModel))!;
        var target = model.Resources.Single(candidate => candidate.Name == resource);
        var result = await App.ResourceCommands.ExecuteCommandAsync(target, command, cancellationToken);
        Assert.True(result.Success, $"{resource}: {command}: {result.Message}");
    }

    // The name that WithDataVolume makes up is the same for a test and for a developer's own run of the AppHost.
    private static void UseAnotherVolume(IDistributedApplicationTestingBuilder builder)
    {
        var annotations = builder.Resources.Single(resource => resource.Name == "redis").Annotations;
        annotations.Remove(annotations.OfType<ContainerMountAnnotation>().Single());
        annotations.Add(new ContainerMountAnnotation("slimta-apphost-tests", "/data", ContainerMountType.Volume, isReadOnly: false));
    }
}

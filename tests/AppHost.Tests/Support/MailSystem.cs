using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;
using Slimta.Storage.Tests.Support;

namespace AppHost.Tests;

/// <summary>
/// The AppHost as it runs on a developer's machine, on the real orchestrator and with the dashboard: without containers, or with
/// them where the environment says Containers=true.
/// </summary>
public sealed class MailSystem : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly string _folder = Directory.CreateTempSubdirectory("slimta-apphost-").FullName;
    private DistributedApplication? _app;
    private Dashboard? _dashboard;

    internal static bool WithContainers => bool.TryParse(Environment.GetEnvironmentVariable("Containers"), out var containers) && containers;

    internal DistributedApplication App => _app ?? throw new InvalidOperationException("The system has not started.");

    internal IMailbox Mailbox
    {
        get
        {
            var http = App.CreateHttpClient("mailbox", "http");
            return WithContainers ? new MailpitMailbox(http) : new OwnMailbox(http);
        }
    }

    internal Dashboard Dashboard => _dashboard ?? throw new InvalidOperationException("The system has not started.");

    public async Task InitializeAsync()
    {
        using var timeout = new CancellationTokenSource(Patience);
        var dashboard = $"http://localhost:{RedisProcess.FreePort()}";
        string[] arguments =
        [
            "--Containers", $"{WithContainers}", "--Garnet:Folder", _folder,
            // Else the dashboard would not be where it was told to be.
            "--DcpPublisher:RandomizePorts", "false", "--SmtpPort", $"{RedisProcess.FreePort()}",
            "--ASPNETCORE_URLS", dashboard,
            "--ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", $"http://localhost:{RedisProcess.FreePort()}",
            "--ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL", $"http://localhost:{RedisProcess.FreePort()}",
        ];
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            arguments, (options, _) => options.DisableDashboard = false, timeout.Token);
        UseAnotherVolume(builder);
        _app = await builder.BuildAsync(timeout.Token);
        await App.StartAsync(timeout.Token);
        _dashboard = new(dashboard, builder.Configuration["AppHost:DashboardApiKey"]!);
        await HealthyAsync(timeout.Token, "queue", "mailbox", "edge", "relay");
    }

    public async Task DisposeAsync()
    {
        _dashboard?.Dispose();
        if (_app is not null)
            await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>After a restart a resource is unhealthy for a while, which is no reason to give up.</summary>
    internal async Task HealthyAsync(CancellationToken cancellationToken, params string[] resources)
    {
        foreach (var resource in resources)
            await App.ResourceNotifications.WaitForResourceHealthyAsync(resource, WaitBehavior.WaitOnResourceUnavailable, cancellationToken);
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

    /// <summary>Runs a command as the dashboard does, on every replica, and returns what it said.</summary>
    internal async Task<ExecuteCommandResult> CommandAsync(
        string resource, string command, CancellationToken cancellationToken, params (string Name, string Value)[] arguments)
    {
        var result = await TryCommandAsync(resource, command, cancellationToken, arguments);
        Assert.True(result.Success, $"{resource}: {command}: {result.Message}");
        return result;
    }

    /// <summary>The same where it may be refused.</summary>
    internal Task<ExecuteCommandResult> TryCommandAsync(
        string resource, string command, CancellationToken cancellationToken, params (string Name, string Value)[] arguments)
    {
        var target = App.Services.GetRequiredService<DistributedApplicationModel>().Resources.Single(candidate => candidate.Name == resource);
        InteractionInputCollection inputs = new([.. arguments.Select(given => new InteractionInput { Name = given.Name, InputType = InputType.Text, Value = given.Value })]);
        return App.ResourceCommands.ExecuteCommandAsync(target, command, inputs, cancellationToken);
    }

    /// <summary>The processes of a resource, once so many run.</summary>
    internal async Task<IReadOnlyList<Replica>> ReplicasAsync(string resource, int count, CancellationToken cancellationToken)
    {
        var running = new Dictionary<string, Replica>(StringComparer.Ordinal);
        await foreach (var change in App.ResourceNotifications.WatchAsync(cancellationToken))
        {
            if (change.Resource.Name != resource)
                continue;
            var process = change.Snapshot.Properties.FirstOrDefault(property => property.Name == "executable.pid")?.Value;
            if (change.Snapshot.State?.Text == KnownResourceStates.Running && int.TryParse($"{process}", out var id))
                running[change.ResourceId] = new(change.ResourceId, id);
            else
                running.Remove(change.ResourceId);
            if (running.Count == count)
                break;
        }
        return [.. running.Values];
    }

    // The name that WithDataVolume makes up is the same for a test and for a developer's own run of the AppHost.
    private static void UseAnotherVolume(IDistributedApplicationTestingBuilder builder)
    {
        var annotations = builder.Resources.Single(resource => resource.Name == "queue").Annotations;
        if (annotations.OfType<ContainerMountAnnotation>().SingleOrDefault() is not { } volume)
            return;
        annotations.Remove(volume);
        annotations.Add(new ContainerMountAnnotation("slimta-apphost-tests", "/data", ContainerMountType.Volume, isReadOnly: false));
    }
}

/// <param name="Process">What the orchestrator started: dotnet run, whose child is the host.</param>
internal sealed record Replica(string Id, int Process)
{
    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        using var process = System.Diagnostics.Process.GetProcessById(Process);
        process.Kill(entireProcessTree: true);
    }
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

/// <summary>Whether Redis and the mailbox run as containers: where an engine answers, or as <c>--Containers true|false</c> says.</summary>
internal sealed record ContainerChoice(bool Containers, string Reason)
{
    private const string Setting = "Containers";

    /// <summary>Made once for an AppHost, and logged in one line when it starts.</summary>
    public static ContainerChoice Of(IDistributedApplicationBuilder builder)
    {
        if (builder.Services.FirstOrDefault(service => service.ServiceType == typeof(ContainerChoice))?.ImplementationInstance is ContainerChoice made)
            return made;
        var choice = Make(builder);
        builder.Services.AddSingleton(choice);
        builder.Eventing.Subscribe<BeforeStartEvent>((started, _) =>
        {
            var logger = started.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Slimta.AppHost");
            if (choice.Containers)
                ContainerLog.Containers(logger, choice.Reason);
            else
                ContainerLog.Processes(logger, choice.Reason);
            return Task.CompletedTask;
        });
        return choice;
    }

    private static ContainerChoice Make(IDistributedApplicationBuilder builder)
    {
        if (builder.ExecutionContext.IsPublishMode)
            return new(true, "this AppHost is being published");
        if (builder.Configuration[Setting] is { Length: > 0 } wanted)
            return bool.TryParse(wanted, out var containers)
                ? new(containers, $"--{Setting} {wanted}")
                : throw new DistributedApplicationException($"--{Setting} must be true or false, not '{wanted}'; without it, the AppHost uses containers where an engine answers.");
        var (answers, reason) = ContainerEngine.Ask(builder.Configuration);
        return new(answers, reason);
    }
}

internal static partial class ContainerLog
{
    [LoggerMessage(80, LogLevel.Information, "With containers ({Reason}): Redis is the queue, Mailpit the mailbox. --Containers false runs without")]
    public static partial void Containers(ILogger logger, string reason);

    [LoggerMessage(81, LogLevel.Information, "Without containers ({Reason}): an embedded Garnet is the queue, our own mailbox takes the mail. --Containers true starts them")]
    public static partial void Processes(ILogger logger, string reason);
}

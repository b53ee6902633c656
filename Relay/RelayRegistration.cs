using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Slimta.Smtp;
using Slimta.Relay.Dkim;
using Slimta.Smtp.Client;
using Slimta.Storage;

namespace Slimta.Relay;

public static class RelayRegistration
{
    /// <summary>
    /// Adds the relay, which delivers from the queue that <see cref="MailQueueRegistration.AddMailQueue"/> adds, or from an
    /// <see cref="IQueueStorage"/> that the host registered. Options come from section "Relay". An <see cref="IDelivery"/> registered before,
    /// without a name, replaces SMTP and the choice by route.
    /// </summary>
    /// <exception cref="OptionsValidationException">At start: a setting is wrong; the message names its key.</exception>
    public static TBuilder AddRelay<TBuilder>(this TBuilder builder, Action<RelayOptions>? configure = null)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        var options = services.AddSettings<RelayOptions>(RelayOptions.Section);
        if (configure is not null)
            options.Configure(configure);
        services.AddSingleton<IValidateOptions<RelayOptions>, RelayOptionsValidator>();
        services.AddQueueOptions();

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<RelayOptions>>().Value);
        services.AddSingleton(provider => IdentityOf(
            provider.GetRequiredService<RelayOptions>(), provider.GetRequiredService<IOptions<QueueOptions>>().Value));
        services.AddSingleton<MailDns>();
        services.AddSingleton(provider => AddressPolicy.OfThisHost(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new MailServers(
            provider.GetRequiredService<MailDns>(), provider.GetRequiredService<AddressPolicy>(), provider.GetRequiredService<MxOptions>(),
            provider.GetRequiredService<RelayIdentity>().HelloName, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<Router>();
        services.AddSingleton(provider => new DkimSigning(
            provider.GetRequiredService<RelayOptions>().Dkim, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new ClientSettings
        {
            HelloName = provider.GetRequiredService<RelayIdentity>().HelloName,
            Timeouts = provider.GetRequiredService<RelayOptions>().Timeouts,
            TrustedAuthorities = ServerCertificate.ReadAuthorities(provider.GetRequiredService<RelayOptions>().TrustedCertificates),
            Time = provider.GetRequiredService<TimeProvider>(),
        });
        services.AddSingleton(provider => provider.GetRequiredService<RelayOptions>().Mx);
        services.AddSingleton(provider => new ReportWriter(
            provider.GetRequiredService<RelayOptions>().Bounces, provider.GetRequiredService<RelayIdentity>().HelloName));
        services.AddSingleton(provider => new StrangerReports(
            provider.GetRequiredService<RelayOptions>().Bounces, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<LaneSet>();
        services.AddSingleton<FailingDestinations>();
        services.AddSingleton<LaneStates>();
        services.AddHostedService(provider => new StatePublisher(provider.GetRequiredService<LaneStates>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<StatePublisher>>(), provider.GetService<IRelayStates>()));
        services.AddSingleton<Connector>();
        services.AddDeliveries();
        // A queue of the host's own may have none.
        services.AddSingleton(provider => new RuleSource(provider.GetService<IQueueRules>()));
        services.AddSingleton<Attempt>();
        services.AddSingleton<QueueGate>();
        services.AddSingleton<RelaySettler>();
        services.AddHostedService<RelayWorker>();
        services.AddHostedService<HeldMail>();
        return builder;
    }

    private static RelayIdentity IdentityOf(RelayOptions options, QueueOptions queue) =>
        new(options.HelloName is { Length: > 0 } name ? name : OwnName(), queue.Owner);

    /// <summary>
    /// RFC 5321 §4.1.4 wants a name that resolves; the host knows its own best. An underscore, as in names of containers, is not allowed in
    /// one.
    /// </summary>
    private static string OwnName()
    {
        var name = System.Net.Dns.GetHostName().Replace('_', '-');
        return SmtpMailbox.IsDomain(name) ? name : "localhost";
    }
}

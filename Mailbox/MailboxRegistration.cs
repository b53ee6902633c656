using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Slimta.Mailbox;

public static class MailboxRegistration
{
    /// <summary>
    /// Adds a catch-all SMTP server for local use and tests; <see cref="MailboxStore"/> lists what it got. Options come from section "Mailbox".
    /// </summary>
    public static TBuilder AddMailbox<TBuilder>(this TBuilder builder, Action<MailboxOptions>? configure = null)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = builder.Services.AddSettings<MailboxOptions>(MailboxOptions.Section)
            .Validate(mailbox => IPAddress.TryParse(mailbox.Address, out _), "Mailbox:Address must be an IP address; the default is 127.0.0.1.");
        if (configure is not null)
            options.Configure(configure);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<MailboxStore>();
        builder.Services.AddSingleton<MailboxHandler>();
        builder.Services.AddSingleton<MailboxService>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<MailboxService>());
        return builder;
    }
}

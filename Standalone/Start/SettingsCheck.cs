using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Slimta.Edge;
using Slimta.Mailbox;
using Slimta.Storage;

namespace Slimta.Standalone;

/// <summary>Looks at the sections of all roles, those that do not run here too.</summary>
internal static class SettingsCheck
{
    /// <exception cref="OptionsValidationException"/>
    public static void Ensure(IConfiguration configuration)
    {
        SettingsRegistration.EnsureKnown<EdgeOptions>(configuration, EdgeOptions.Section);
        SettingsRegistration.EnsureKnown<Relay.RelayOptions>(configuration, Relay.RelayOptions.Section);
        SettingsRegistration.EnsureKnown<MailboxOptions>(configuration, MailboxOptions.Section);
        SettingsRegistration.EnsureKnown<QueueOptions>(configuration, QueueOptions.Section);
        SettingsRegistration.EnsureKnown<GarnetOptions>(configuration, GarnetOptions.Section);
    }
}

using Microsoft.Extensions.Configuration;
using Slimta.Edge;
using Slimta.Mailbox;
using Slimta.Storage;

namespace Slimta.Standalone;

/// <summary>A misspelt key would silently mean its default, so none is let through.</summary>
internal static class SettingsCheck
{
    /// <exception cref="StartException"/>
    public static void Ensure(IConfiguration configuration)
    {
        Ensure<EdgeOptions>(configuration, EdgeOptions.Section);
        Ensure<Relay.RelayOptions>(configuration, Relay.RelayOptions.Section);
        Ensure<MailboxOptions>(configuration, MailboxOptions.Section);
        Ensure<QueueOptions>(configuration, QueueOptions.Section);
        Ensure<GarnetOptions>(configuration, GarnetOptions.Section);
    }

    private static void Ensure<T>(IConfiguration configuration, string section)
    {
        try
        {
            configuration.GetSection(section).Get<T>(binder => binder.ErrorOnUnknownConfiguration = true);
        }
        catch (InvalidOperationException wrong)
        {
            // "Failed to convert configuration value 'x' at 'Edge:Smtp:Port' ..." names its key; the list of unknown ones comes last.
            var unknown = wrong.Message.LastIndexOf(": ", StringComparison.Ordinal);
            throw new StartException(wrong.Message.Contains(nameof(BinderOptions.ErrorOnUnknownConfiguration), StringComparison.Ordinal) && unknown > 0
                ? $"Section {section} has no such setting: {wrong.Message[(unknown + 2)..]}."
                : wrong.Message);
        }
    }
}

#pragma warning disable IDE0005 // Implicit in some of the assemblies that compile this.
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
#pragma warning restore IDE0005

namespace Slimta;

// Plain comments, for the reason that RemoteCertificate.cs has.
// How every section of ours is read: a setting that is unknown, malformed or out of bounds stops the start, and the message names the key and
// the allowed values. Each of our assemblies compiles it in; hosts and tests need not know it.
internal static class SettingsRegistration
{
    // Binds options to a section of the configuration, and checks them at start; once, however often it is called.
    public static OptionsBuilder<T> AddSettings<T>(this IServiceCollection services, string section) where T : class
    {
        var options = services.AddOptions<T>();
        if (services.Any(service => service.ImplementationInstance is SettingsLimits<T>))
            return options;
        services.AddSingleton<IValidateOptions<T>>(new SettingsLimits<T>(section));
        return options
            .Configure<IConfiguration>((_, configuration) => EnsureKnown<T>(configuration, section))
            .BindConfiguration(section)
            .ValidateOnStart();
    }

    // Throws OptionsValidationException: The section has a key that its options lack.
    public static void EnsureKnown<T>(IConfiguration configuration, string section)
    {
        var problems = new List<string>();
        new SettingsReader(problems).Read(configuration.GetSection(section), typeof(T), attributes: null);
        if (problems.Count > 0)
            throw new OptionsValidationException(section, typeof(T), problems);
    }
}

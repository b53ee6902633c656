using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Slimta.Standalone;

/// <summary>From the command line to a program that runs, or to one line that says why it does not.</summary>
internal sealed class Launch
{
    /// <summary>Settings are read once. Watching for a changed appsettings.json would watch every file below the current folder.</summary>
    private const string NoReload = "--hostBuilder:reloadConfigOnChange=false";

    private readonly string[] _settings;
    private volatile bool _started;

    private Launch(ReadOnlySpan<string> arguments)
    {
        Roles = RolesOf.Take(ref arguments);
        Arguments.Check(arguments);
        _settings = [.. arguments];
    }

    public Roles Roles { get; }

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments, Func<Launch, WebApplication> build)
    {
        if (Arguments.AskForHelp(arguments))
        {
            Console.WriteLine(ReadyText.Usage);
            return 0;
        }
        if (ProductVersion.IsAskedFor(arguments))
        {
            Console.WriteLine(ProductVersion.Text);
            return 0;
        }
        UnexpectedEnd.SayInOneLine();
        try
        {
            var launch = new Launch(arguments);
            if (Arguments.ShowPassword(arguments))
                await Console.Error.WriteLineAsync("Every user of this machine can read --Garnet:Password on the command line: set the environment variable Garnet__Password instead.");
            await using var app = build(launch);
            app.Lifetime.ApplicationStarted.Register(() => launch._started = true);
            var services = UnexpectedEnd.Services(app.Services);
            await app.RunToEndAsync();
            return UnexpectedEnd.Of(services) ? UnexpectedEnd.ExitCode : Environment.ExitCode;
        }
        catch (Exception error) when (StartProblem.Explain(error) is { } line)
        {
            await Console.Error.WriteLineAsync(line);
            return UnexpectedEnd.ExitCode;
        }
    }

    public WebApplicationBuilder CreateBuilder()
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = [NoReload, .. _settings], ApplicationName = "Slimta.Standalone" });
        foreach (var line in RenamedSettings.Apply(builder.Configuration))
            Console.Error.WriteLine(line);
        SettingsCheck.Ensure(builder.Configuration);
        Defaults.ChoosePorts(builder.Configuration);
        // Below everything that is configured.
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = Defaults.For(Roles, builder.Configuration) });
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss ";
        });
        // A start that fails is one line on standard error, not the host's stack trace.
        foreach (var category in new[] { "Microsoft.Extensions.Hosting.Internal.Host", "Microsoft.AspNetCore.Server.Kestrel" })
            builder.Logging.AddFilter(category, level => _started && level >= LogLevel.Warning);
        return builder;
    }
}

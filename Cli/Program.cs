using Spectre.Console;

namespace Slimta.Cli;

internal static class Program
{
    public static Task<int> Main(string[] args) =>
        CommandLine.RunAsync(args, AnsiConsole.Console, Console.Error, Environment.GetEnvironmentVariable("SLIMTA_KEY"));
}

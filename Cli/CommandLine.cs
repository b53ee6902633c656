using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Spectre.Console;

namespace Slimta.Cli;

/// <summary>The commands of <c>slimta</c>.</summary>
internal static class CommandLine
{
    private static readonly Option<string> Url = new("--url")
    {
        Description = "The edge's address; SLIMTA_KEY in the environment has the operator's key",
        DefaultValueFactory = _ => "http://localhost:5080",
        Recursive = true,
    };

    private static readonly Option<bool> Json = new("--json") { Description = "Write JSON for programs", Recursive = true };

    public static async Task<int> RunAsync(
        string[] args, IAnsiConsole console, TextWriter errors, string? key, CancellationToken cancellationToken = default)
    {
        var root = new RootCommand("Find messages in the mail queue, and set them right. docs/operate.md has examples and the exit codes.") { Url, Json };
        Func<ParseResult, Session> open = line => new Session(
            new OperatorClient(AddressOf(line.GetValue(Url)!), key, member => OptionNames.Of(member, line.CommandResult.Command)), console, line.GetValue(Json));
        foreach (var command in (Command[])[.. Questions.All(open), .. Orders.All(open), .. Jobs.All(open), .. History.All(open), .. Rules.All(open), .. Secrets.All(open)])
            root.Subcommands.Add(command);
        // As git and dotnet do it: the name alone, and "help", show the commands.
        root.SetAction(line => new HelpAction().Invoke(line));
        root.Subcommands.Add(Help(root));
        // An argument such as @example.com is a filter; by default it would name a file with further arguments.
        var line = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        // Each names something. An empty one comes from a shell variable that is not set, and would change the meaning.
        var empty = line.CommandResult.Children.OfType<ArgumentResult>().Where(argument => argument.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)));
        var problems = line.Errors.Select(error => error.Message).Concat(empty.Select(argument => $"<{argument.Argument.Name}> is empty; give it a value, or leave it out where the command allows that.")).ToList();
        if (problems.Count > 0)
        {
            foreach (var problem in problems)
                await errors.WriteLineAsync(Text.Printable(problem));
            if (NamesOf(line.CommandResult) is not "help" and var names)
                await errors.WriteLineAsync(names.Length == 0 ? "'slimta help' lists the commands." : $"'slimta help {names}' shows what it takes.");
            return ExitCodes.Usage;
        }
        try
        {
            return await line.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = console.Profile.Out.Writer }, cancellationToken);
        }
        catch (OperatorException refused)
        {
            await errors.WriteLineAsync(refused.Message);
            return refused.Code;
        }
    }

    /// <summary>As they are typed: "rules add"; "" without a command.</summary>
    private static string NamesOf(CommandResult result) => result.Parent is CommandResult above ? $"{NamesOf(above)} {result.Command.Name}".TrimStart() : "";

    private static Command Help(RootCommand root)
    {
        var about = new Argument<string[]>("command") { Arity = ArgumentArity.ZeroOrMore, Description = "One command; without it, all" };
        var help = new Command("help", "Show the commands, or what one takes") { about };
        about.Validators.Add(result =>
        {
            Command at = root;
            foreach (var name in result.Tokens.Select(token => token.Value))
            {
                if (at.Subcommands.FirstOrDefault(command => command.Name == name) is not { } found)
                {
                    result.AddError($"'{name}' is no command; 'slimta help' lists them.");
                    return;
                }
                at = found;
            }
        });
        help.SetAction(line => root.Parse([.. line.GetValue(about)!, "--help"]).Invoke(new InvocationConfiguration { Output = line.InvocationConfiguration.Output }));
        return help;
    }

    private static Uri AddressOf(string url) => Uri.TryCreate(url, UriKind.Absolute, out var address) && (address.Scheme is "http" or "https")
        ? address
        : throw new OperatorException(ExitCodes.Usage, $"--url is '{Text.Printable(url)}'; it must be an address such as http://localhost:5080.");

    public static Command With(this Command command, Func<ParseResult, Session> open, Func<ParseResult, Session, CancellationToken, Task<int>> run)
    {
        command.SetAction(async (line, cancellationToken) =>
        {
            using var session = open(line);
            return await run(line, session, cancellationToken);
        });
        return command;
    }
}

using System.CommandLine;

namespace Slimta.Cli;

/// <summary>The argument that names one message; the server judges whether there is one.</summary>
internal static class MessageId
{
    /// <param name="where">The command that shows such ids.</param>
    public static Argument<string> Argument(string where = "list") => Checked(new Argument<string>("id") { Description = $"One message's id, as 'slimta {where}' shows it" });

    /// <summary>Several, or none.</summary>
    /// <param name="description">What none means.</param>
    public static Argument<string[]> Any(string description) =>
        Checked(new Argument<string[]>("id") { Arity = ArgumentArity.ZeroOrMore, Description = description });

    private static T Checked<T>(T argument) where T : Argument
    {
        argument.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(token => token.Value.Contains('@', StringComparison.Ordinal)) is { Value: var address })
                result.AddError($"'{address}' is not a message's id. Find it by --recipient, --domain or --message-id with 'slimta list', or with 'slimta history' once the message has ended.");
        });
        return argument;
    }
}

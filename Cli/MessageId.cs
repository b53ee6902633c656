using System.CommandLine;

namespace Slimta.Cli;

/// <summary>The argument that names one message; the server judges whether there is one.</summary>
internal static class MessageId
{
    public static Argument<string> Argument() => Checked(new Argument<string>("id") { Description = "One message's id, as 'slimta list' shows it" });

    /// <summary>The argument may be left out.</summary>
    /// <param name="description">What it means to leave it out.</param>
    public static Argument<string?> Optional(string description) =>
        Checked(new Argument<string?>("id") { Arity = ArgumentArity.ZeroOrOne, Description = description });

    private static T Checked<T>(T argument) where T : Argument
    {
        argument.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && token.Value.Contains('@', StringComparison.Ordinal))
                result.AddError($"'{token.Value}' is an address, and <id> one message. 'slimta list --recipient {token.Value}' finds the messages that wait for it, each with its id.");
        });
        return argument;
    }
}

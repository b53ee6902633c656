using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slimta.Edge.Access;

namespace Slimta.Cli;

/// <summary>Makes hashes for settings in place of secrets, without a server.</summary>
internal static class Secrets
{
    public static IEnumerable<Command> All(Func<ParseResult, Session> open) =>
    [
        new Command("hash-password", "Makes the hash for Edge:Users. Asks for the password, or takes the first line of standard input")
            .With(open, async (_, session, cancellationToken) =>
            {
                var password = await session.AskSecretAsync("Password:", cancellationToken);
                if (string.IsNullOrEmpty(password))
                    throw new OperatorException(ExitCodes.Usage, "The password is empty.");
                Write(session, ("hash", PasswordHash.Create(password)));
                return ExitCodes.Done;
            }),
        new Command("new-key", "Makes a key for an operator or a sender, and its SHA-256 for Edge:OperatorKeys or Edge:Http:ApiKeys")
            .With(open, (_, session, _) =>
            {
                var key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
                Write(session, ("key", key), ("sha256", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))));
                return Task.FromResult(ExitCodes.Done);
            }),
    ];

    /// <summary>One alone is the line; of several each has its name.</summary>
    private static void Write(Session session, params ReadOnlySpan<(string Name, string Value)> values)
    {
        if (session.Json)
        {
            var json = new JsonObject();
            foreach (var (name, value) in values)
                json[name] = value;
            session.WriteJson(json);
            return;
        }
        foreach (var (name, value) in values)
            session.Say(values.Length == 1 ? value : $"{name}: {value}");
    }
}

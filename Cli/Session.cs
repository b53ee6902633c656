using System.Text.Json.Nodes;
using Spectre.Console;

namespace Slimta.Cli;

/// <summary>One run of a command.</summary>
internal sealed class Session(OperatorClient server, IAnsiConsole console, bool json) : IDisposable
{
    public OperatorClient Server => server;

    /// <summary>Write JSON, and nothing else.</summary>
    public bool Json => json;

    public void WriteJson(JsonNode node) => Say(node.ToJsonString());

    /// <summary>As it is: a terminal breaks lines by itself, and a program wants them whole.</summary>
    public void Say(string text) => console.Profile.Out.Writer.WriteLine(text);

    public void Write(string[] columns, IEnumerable<string[]> rows) => Rows.Write(console, columns, [.. rows]);

    /// <summary>Asks for a secret without showing it; from a pipe it is the first line of standard input.</summary>
    public async Task<string?> AskSecretAsync(string prompt, CancellationToken cancellationToken) => Console.IsInputRedirected
        ? await Console.In.ReadLineAsync(cancellationToken)
        : await new TextPrompt<string>(prompt).Secret().ShowAsync(console, cancellationToken);

    public void Dispose() => server.Dispose();
}

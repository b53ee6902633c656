namespace Slimta.Cli;

/// <summary>Ends a command with an exit code (<see cref="ExitCodes"/>) and one line for the operator.</summary>
internal sealed class OperatorException(int code, string message) : Exception(message)
{
    public int Code { get; } = code;
}

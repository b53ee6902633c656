namespace Slimta.Edge.Operator;

/// <summary>An order names a route, and no relay is running that could say which there are.</summary>
internal sealed class NoRelayException() : Exception("No relay is running that could say which there are; start one first.");

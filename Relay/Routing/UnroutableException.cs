namespace Slimta.Relay.Routing;

/// <summary>There is no server to talk to.</summary>
internal sealed class UnroutableException(RoutingFailure failure) : Exception(failure.Problem)
{
    public RoutingFailure Failure { get; } = failure;
}

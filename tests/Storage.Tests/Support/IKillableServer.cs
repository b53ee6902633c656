namespace Slimta.Storage.Tests.Support;

/// <summary>A server in its own process that can be killed and started again on its data.</summary>
public interface IKillableServer : IAsyncDisposable
{
    string ConnectionString { get; }
    Task KillAsync();
    Task StartAgainAsync();
}

namespace Slimta.Storage.Tests.Servers;

/// <summary>A server in its own process that can be killed and started again on its data.</summary>
public interface IKillableServer : IAsyncDisposable
{
    string ConnectionString { get; }
    Task KillAsync();
    Task StartAgainAsync();
}

namespace Slimta.Storage.Tests.Servers;

/// <summary>A server in a process of its own that can be killed and started again on its data.</summary>
public interface IKillableServer : IAsyncDisposable
{
    string ConnectionString { get; }
    Task KillAsync();
    Task StartAgainAsync();
}

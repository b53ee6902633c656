namespace Slimta.Storage.Tests;

/// <summary>Tests that wait for a real server, and not for ever.</summary>
public abstract class PatientTests : IAsyncDisposable
{
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(90));

    protected CancellationToken Soon => _patience.Token;

    public ValueTask DisposeAsync()
    {
        _patience.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

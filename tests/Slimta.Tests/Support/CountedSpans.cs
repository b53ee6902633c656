using System.Diagnostics;

namespace Slimta.Tests.Relay;

/// <summary>Counts spans of one name, so that a test can wait for what has begun, or has failed.</summary>
internal sealed class CountedSpans : IDisposable
{
    private readonly SemaphoreSlim _seen = new(0);
    private readonly ActivityListener _listener;

    private CountedSpans(string name, bool failed)
    {
        _listener = new()
        {
            ShouldListenTo = source => source.Name.StartsWith("Slimta.", StringComparison.Ordinal),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        if (failed)
            _listener.ActivityStopped = activity => See(activity.OperationName == name && activity.Status == ActivityStatusCode.Error);
        else
            _listener.ActivityStarted = activity => See(activity.OperationName == name);
        ActivitySource.AddActivityListener(_listener);
    }

    public static CountedSpans Begun(string name) => new(name, failed: false);

    public static CountedSpans Failed(string name) => new(name, failed: true);

    /// <summary>Returns when there are so many more.</summary>
    public async Task SeeAsync(int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        for (var i = 0; i < count; i++)
            await _seen.WaitAsync(patience.Token);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _seen.Dispose();
    }

    private void See(bool counts)
    {
        if (counts)
            _seen.Release();
    }
}

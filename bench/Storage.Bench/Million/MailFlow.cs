using System.Collections.Concurrent;
using Slimta.Storage.Redis;

namespace Slimta.Storage.Bench.Million;

/// <summary>Mail that is written and delivered at a modest rate while something else is measured.</summary>
internal sealed class MailFlow : IAsyncDisposable
{
    private const string Sender = "flow@flow.example";
    private const int PerSecond = 200;

    private readonly ConcurrentDictionary<string, long> _written = new();
    private readonly ConcurrentQueue<double> _delays = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _writing;
    private readonly Task _delivering;
    private int _delivered;

    public MailFlow(RedisStorage edge, RedisStorage relay)
    {
        _writing = Task.Run(() => WriteAsync(edge));
        _delivering = Task.Run(() => DeliverAsync(relay));
    }

    /// <summary>Messages delivered, of whatever sender.</summary>
    public int Delivered => Volatile.Read(ref _delivered);

    /// <summary>Of its own messages since the last look: how many, and from the write to the relay's hand at the median, p99 and longest.</summary>
    public string Look()
    {
        var delays = new List<double>();
        while (_delays.TryDequeue(out var delay))
            delays.Add(delay);
        delays.Sort();
        return delays.Count == 0 ? "none" : FormattableString.Invariant($"{delays.Count} messages, {delays[delays.Count / 2]:F1}, {delays[delays.Count * 99 / 100]:F1}, {delays[^1]:F1} ms");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _writing;
        await _delivering;
        _stop.Dispose();
    }

    private async Task WriteAsync(RedisStorage storage)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        var envelope = Messages.OfSize(4096) with { Sender = Sender };
        var number = 0;
        while (!_stop.IsCancellationRequested && await timer.WaitForNextTickAsync())
        {
            await Task.WhenAll(Enumerable.Range(0, PerSecond / 100).Select(async _ =>
            {
                var key = $"flow {Interlocked.Increment(ref number)}";
                _written[key] = TimeProvider.System.GetTimestamp();
                await storage.WriteAsync(envelope with { MessageId = key });
            }));
        }
    }

    private async Task DeliverAsync(RedisStorage storage)
    {
        try
        {
            await foreach (var entry in storage.WaitAsync(64, cancellationToken: _stop.Token))
            {
                if (entry.Message.Envelope is { Sender: Sender, MessageId: { } key } && _written.TryRemove(key, out var at))
                    _delays.Enqueue(TimeProvider.System.GetElapsedTime(at).TotalMilliseconds);
                await entry.SettleAsync(Settlement.Remove(), cancellationToken: CancellationToken.None);
                Interlocked.Increment(ref _delivered);
            }
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
    }
}

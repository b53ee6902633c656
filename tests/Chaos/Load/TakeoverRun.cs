using Slimta.Chaos.Actors;
using Slimta.Chaos.Mail;
using Slimta.Chaos.Sink;
using Slimta.Storage.Tests.Support;

namespace Slimta.Chaos.Load;

/// <summary>A relay is killed with its hands full: how long until the last of its messages is delivered by its successor, or by another.</summary>
internal sealed class TakeoverRun : IAsyncDisposable
{
    private const int Messages = 220;

    /// <summary>More than a relay opens to one destination by default.</summary>
    private const int Connections = 40;

    private readonly string _folder = Directory.CreateTempSubdirectory("slimta-chaos-").FullName;
    private readonly Journal _journal = new();
    private readonly Actor _queue;
    private readonly Actor _sink;
    private readonly Actor _edge;
    private readonly List<Actor> _relays;
    private readonly int _edgePort = RedisProcess.FreePort();

    private TakeoverRun(int relays)
    {
        var place = new Place { Folder = Directory.CreateDirectory(Path.Combine(_folder, "queue")).FullName, Port = RedisProcess.FreePort() };
        var (a, b) = (RedisProcess.FreePort(), RedisProcess.FreePort());
        var queue = Settings.Queue($"127.0.0.1:{place.Port}");
        queue["Logging:LogLevel:Default"] = "Warning";
        _queue = QueueActors.Redis(_journal, place);
        _sink = new("sink") { Begin = _ => Programs.Sink("sink", _journal, SinkFile, a, b) };
        _edge = new("edge") { Begin = _ => Programs.Standalone("edge", "edge", _journal, queue.Concat(Settings.Edge(_edgePort))) };
        _relays = [.. Enumerable.Range(1, relays).Select(i => new Actor($"relay-{i}")
        {
            Begin = incarnation => Programs.Standalone($"relay-{i}", "relay", _journal, queue.Concat(Settings.Relay($"relay-{i}.{incarnation}", a, b))),
        })];
    }

    private string SinkFile => Path.Combine(_folder, "sink.jsonl");

    public static async Task<bool> RunAsync(int rounds, Action<string> say)
    {
        for (var round = 0; round < rounds; round++)
        {
            foreach (var relays in (int[])[1, 2])
            {
                await using var run = new TakeoverRun(relays);
                var (seconds, duplicates) = await run.RunAsync();
                say($"{relays} {(relays == 1 ? "relay, and its successor" : "relays")}: {seconds:F1} s from the SIGKILL to the last of {Messages} deliveries, {duplicates} duplicates");
            }
        }
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var actor in _relays.Append(_edge).Append(_sink).Append(_queue))
            await actor.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<(double Seconds, int Duplicates)> RunAsync()
    {
        await _queue.StartAsync();
        await _sink.StartAsync();
        await _edge.StartAsync();
        foreach (var relay in _relays)
            await relay.StartAsync();
        using var dialogue = await SmtpDialogue.OpenAsync(_edgePort, "sender.test", TimeSpan.FromMinutes(1), CancellationToken.None);
        for (var number = 1; number <= Messages; number++)
        {
            // The first ones' replies take three seconds: all connections are taken by them, and the others wait in the relay's hand.
            var trouble = number <= Connections ? Trouble.Slow : Trouble.None;
            var message = TestMessage.Make($"k{number}", [$"{trouble}.k{number}.0@a.test"], 2000, new Random(number));
            await dialogue.PipelineAsync($"MAIL FROM:<{message.Sender}>", $"RCPT TO:<{message.Recipients[0]}>", "DATA");
            var reply = await dialogue.SendContentAsync(message.Content, CancellationToken.None);
            if (!reply.StartsWith("250", StringComparison.Ordinal))
                throw new IOException($"Message {number} was not accepted: {reply}");
        }
        await _relays[0].KillAsync();
        var killed = Clock.Now;
        if (_relays.Count == 1)
            await _relays[0].StartAsync();
        using var records = new SinkRecords(SinkFile, _journal);
        while (true)
        {
            records.Read();
            if (_journal.Arrivals.Select(arrival => arrival.Token).Distinct().Count() == Messages)
                break;
            await Clock.DelayAsync(0.05);
        }
        return ((_journal.Arrivals.Max(arrival => arrival.At) - killed) / 1_000_000.0, _journal.Arrivals.Count - Messages);
    }
}

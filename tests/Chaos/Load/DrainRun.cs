using System.Globalization;
using Slimta.Chaos.Actors;
using Slimta.Chaos.Judging;
using Slimta.Chaos.Mail;
using Slimta.Chaos.Sink;
using Slimta.Storage.Tests.Support;

namespace Slimta.Chaos.Load;

/// <summary>A queue that filled while no relay ran: how fast two relays drain it, and what memory everybody needs meanwhile.</summary>
internal sealed class DrainRun : IAsyncDisposable
{
    private const int Sessions = 20;
    private const int Relays = 2;
    private const int MessageBytes = 2000;

    private readonly string _folder = Directory.CreateTempSubdirectory("slimta-chaos-").FullName;
    private readonly Journal _journal = new();
    private readonly Place _place;
    private readonly Actor _queue;
    private readonly Actor _sink;
    private readonly Actor _edge;
    private readonly List<Actor> _relays;
    private readonly int _edgePort = RedisProcess.FreePort();
    private readonly int _messages;
    private readonly Action<string> _say;

    private DrainRun(int messages, Action<string> say)
    {
        (_messages, _say) = (messages, say);
        _place = new Place { Folder = Directory.CreateDirectory(Path.Combine(_folder, "queue")).FullName, Port = RedisProcess.FreePort() };
        var (a, b) = (RedisProcess.FreePort(), RedisProcess.FreePort());
        var queue = Settings.Queue($"127.0.0.1:{_place.Port}");
        queue["Logging:LogLevel:Default"] = "Warning";
        _queue = QueueActors.Redis(_journal, _place);
        _sink = new("sink") { Begin = _ => Programs.Sink("sink", _journal, SinkFile, a, b) };
        _edge = new("edge") { Begin = _ => Programs.Standalone("edge", "edge", _journal, queue.Concat(Settings.Edge(_edgePort))) };
        _relays = [.. Enumerable.Range(1, Relays).Select(i => new Actor($"relay-{i}")
        {
            Begin = _ => Programs.Standalone($"relay-{i}", "relay", _journal, queue.Concat(Settings.Relay($"relay-{i}", a, b))),
        })];
    }

    private string SinkFile => Path.Combine(_folder, "sink.jsonl");

    /// <returns>True if everything arrived once.</returns>
    public static async Task<bool> RunAsync(int messages, Action<string> say)
    {
        await using var run = new DrainRun(messages, say);
        return await run.RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var actor in _relays.Append(_edge).Append(_sink).Append(_queue))
            await actor.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<bool> RunAsync()
    {
        await _queue.StartAsync();
        await _sink.StartAsync();
        await _edge.StartAsync();
        var empty = await UsedAsync();
        _say($"Redis, empty: {Mega(empty)}; edge, idle: {Memory.Now(_edge)}");

        var began = Clock.Now;
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, Sessions).Select(_ => Task.Run(() => FillAsync(() => Interlocked.Increment(ref next)))));
        var filled = (Clock.Now - began) / 1_000_000.0;
        _say($"{_messages} messages of {MessageBytes} bytes accepted in {filled:F0} s ({_messages / filled:F0}/s); edge: {Memory.Now(_edge)}");
        _say($"Redis, full: {Mega(await UsedAsync())}");

        foreach (var relay in _relays)
            await relay.StartAsync();
        await DrainAsync();
        // The server gives memory back in its own time.
        for (var tries = 0; tries < 50 && await UsedAsync() > 2 * empty; tries++)
            await Clock.DelayAsync(0.2);
        _say($"Redis, empty again: {Mega(await UsedAsync())}; edge: {Memory.Now(_edge)}");
        using var records = new SinkRecords(SinkFile, _journal);
        records.Read();
        var distinct = _journal.Arrivals.Select(arrival => arrival.Token).Distinct().Count();
        _say($"{_journal.Arrivals.Count} arrivals of {distinct} messages");
        return distinct == _messages && _journal.Arrivals.Count == _messages;
    }

    private async Task FillAsync(Func<int> next)
    {
        using var dialogue = await SmtpDialogue.OpenAsync(_edgePort, "sender.test", TimeSpan.FromMinutes(1), CancellationToken.None);
        for (var number = next(); number <= _messages; number = next())
        {
            var message = TestMessage.Make($"d{number}", [$"{Trouble.None}.d{number}.0@a.test"], MessageBytes, new Random(number));
            await dialogue.PipelineAsync($"MAIL FROM:<{message.Sender}>", $"RCPT TO:<{message.Recipients[0]}>", "DATA");
            var reply = await dialogue.SendContentAsync(message.Content, CancellationToken.None);
            if (!reply.StartsWith("250", StringComparison.Ordinal))
                throw new IOException($"Message {number} was not accepted: {reply}");
        }
    }

    /// <summary>Tells every 20,000 messages, so that it can be seen whether the last go as fast as the first.</summary>
    private async Task DrainAsync()
    {
        const int Step = 20_000;
        var queue = new Leftovers(_place);
        var (began, told, left) = (Clock.Now, Clock.Now, _messages);
        while (left > 0)
        {
            await Clock.DelayAsync(0.1);
            var now = await queue.WaitingAsync();
            if (now == int.MaxValue || (now > 0 && left - now < Step))
                continue;
            _say($"  {now,7} left, {(left - now) / ((Clock.Now - told) / 1_000_000.0),5:F0}/s; {string.Join(", ", _relays.Select(relay => $"{relay.Name} {Memory.Now(relay)}"))}");
            (told, left) = (Clock.Now, now);
        }
        var took = (Clock.Now - began) / 1_000_000.0;
        _say($"drained in {took:F0} s: {_messages / took:F0}/s");
    }

    private async Task<long> UsedAsync() =>
        long.Parse(await RedisTalk.InfoAsync(_place.Port, "memory", "used_memory") ?? "0", CultureInfo.InvariantCulture);

    private static string Mega(long bytes) => $"{bytes / 1048576.0:F1} MB";
}

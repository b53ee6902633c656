using Slimta.EndToEnd.Bench.Latency;
using Slimta.EndToEnd.Bench.Load;
using Slimta.EndToEnd.Bench.Processes;
using Slimta.EndToEnd.Bench.Systems;

namespace Slimta.EndToEnd.Bench;

/// <summary>Measures the cases, system after system in each round, so that what disturbs the machine disturbs all alike.</summary>
internal sealed class Bench(IReadOnlyList<MailSystem> systems, int sinkPort, OtlpSink otlp, Run run, CancellationToken cancellationToken)
{
    private readonly HashSet<MailSystem> _broken = [];

    public async Task StartAsync()
    {
        foreach (var system in systems)
        {
            Say($"Starting: {system.Name}");
            try
            {
                await system.StartAsync();
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // The others can be measured without it.
                Say($"{system.Name} could not be started: {e.Message}");
                _broken.Add(system);
            }
        }
        // The runtime compiles the hot paths again, and then once more, after some ten thousand calls.
        (Mail Mail, int Messages)[] warmUp = [(new Mail(), 15_000), (new Mail(Kept: true), 5000), (new Mail(Bytes: 128 * 1024, Kept: true), 200)];
        foreach (var system in systems.Where(system => system.Share >= 1 && system is not Ceiling && !_broken.Contains(system)))
        {
            foreach (var (mail, messages) in warmUp)
                await TryAsync("warm-up", system, () => SendAsync(system, mail, messages));
        }
    }

    public async Task MeasureAsync(Case c)
    {
        var cells = systems.Where(system => !c.Backlog || system.CanHoldBack)
            .ToDictionary(system => system, system => new Cell(c.Name, system.Name, [], null));
        for (var round = 0; round < c.Rounds; round++)
        {
            foreach (var (system, cell) in cells.ToList())
            {
                var problem = await TryAsync(c.Name, system, async () =>
                {
                    var measured = await (c.Backlog ? DrainAsync(system, c) : SendAsync(system, c.Mail, c.For(system.Share)));
                    cell.Rounds.Add(measured);
                    Say($"{c.Name}: {system.Name}: {measured.Messages} messages, accepted {measured.Accepted:F0}/s, delivered {measured.Delivered:F0}/s, CPU {measured.Cpu.Values.Sum():F3} s per 1,000");
                });
                if (problem is not null)
                    cells[system] = cell with { Problem = problem };
            }
        }
        run.Cells.AddRange(cells.Values);
    }

    /// <summary>At half of what each delivered of the case.</summary>
    public async Task MeasureDelaysAsync(Case c)
    {
        foreach (var system in systems.Where(system => system is not Ceiling))
        {
            if (run.Find(c.Name, system.Name)?.Median is not { } full)
                continue;
            await TryAsync("half load", system, async () =>
            {
                var delays = await HalfLoad.MeasureAsync(system, sinkPort, c.Mail, full.Delivered / 2, c == Case.Headline ? 10 : 4, cancellationToken);
                if (!run.DelaysByCase.TryGetValue(c.Name, out var bySystem))
                    run.DelaysByCase[c.Name] = bySystem = new(StringComparer.Ordinal);
                bySystem[system.Name] = delays;
                if (c == Case.Headline)
                    run.Delays[system.Name] = delays;
                Say($"Half load: {c.Name}: {system.Name}: {delays.PerSecond:F0}/s, from 250 to delivery p50 {delays.Median * 1000:F1} ms, p99 {delays.P99 * 1000:F1} ms, longest {delays.Longest * 1000:F0} ms, {delays.Late} sent late");
            });
        }
    }

    /// <summary>No client sends.</summary>
    public async Task MeasureIdleAsync()
    {
        const double Seconds = 10;
        // What is still to be exported is, and what is still to be compiled.
        await Clock.Wait(20);
        var (before, spans) = (Snapshot(), otlp.Traces);
        await Clock.Wait(Seconds);
        run.IdleSpans = otlp.Traces - spans;
        foreach (var process in Snapshot().GroupBy(thread => (thread.Key.System, thread.Key.Process)))
            run.Idle.Add(new(process.Key.System, process.Key.Process, process.Sum(thread => thread.Value - before.GetValueOrDefault(thread.Key)) / Seconds));
        foreach (var idle in run.Idle)
            Say($"Idle: {idle.System}: {idle.Process} {idle.Share:P1}");

        // By thread: what one that ends had used before must not count against the others.
        Dictionary<(string System, string Process, int Thread), double> Snapshot() => systems.Except(_broken)
            .SelectMany(system => system.Members(), (system, member) => (system, member))
            .SelectMany(one => ProcFile.ScheduledSeconds(one.member.Process), (one, thread) => (one.system, one.member, thread))
            .ToDictionary(one => (one.system.Name, one.member.Name, one.thread.Thread), one => one.thread.Seconds);
    }

    private async Task<Measurement> SendAsync(MailSystem system, Mail mail, int messages)
    {
        await system.PrepareAsync();
        await using var sink = await SmtpSink.StartAsync(sinkPort);
        var watch = Watch.Begin(system);
        await SmtpSource.SendAsync(system.Port, mail, messages, cancellationToken);
        var accepted = Clock.Now;
        var delivered = await SmtpSink.HasAsync(messages, cancellationToken);
        return await watch.EndAsync(messages, accepted, delivered);
    }

    private async Task<Measurement> DrainAsync(MailSystem system, Case c)
    {
        var messages = c.For(system is Postfix ? 0.05 : 1);
        await system.PrepareAsync();
        await system.HoldBackAsync();
        var began = Clock.Now;
        await SmtpSource.SendAsync(system.Port, c.Mail, messages, cancellationToken);
        var rate = messages / (Clock.Now - began);
        Say($"{c.Name}: {system.Name}: {messages} queued at {rate:F0}/s");
        await using var sink = await SmtpSink.StartAsync(sinkPort);
        await system.LetGoAsync();
        await SmtpSink.HasAsync(1, cancellationToken);
        var watch = Watch.Begin(system);
        var left = messages - SmtpSink.Taken();
        var delivered = await SmtpSink.HasAsync(messages, cancellationToken);
        return (await watch.EndAsync(left, delivered, delivered)) with { Messages = messages, Accepted = rate };
    }

    /// <returns>What went wrong; the system was started anew then, with an empty queue.</returns>
    private async Task<string?> TryAsync(string what, MailSystem system, Func<Task> measure)
    {
        if (_broken.Contains(system))
            return "could not be started again";
        try
        {
            await measure();
            return null;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Say($"{what}: {system.Name} failed: {e.Message}");
            try
            {
                await system.StopAsync();
                await system.StartAsync();
            }
            catch (Exception again) when (again is not OperationCanceledException)
            {
                Say($"{system.Name} could not be started again: {again.Message}");
                _broken.Add(system);
            }
            return e.Message;
        }
    }

    private static void Say(string line) => Console.Error.WriteLine($"{TimeProvider.System.GetLocalNow():HH:mm:ss} {line}");
}

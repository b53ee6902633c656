using System.Runtime.InteropServices;
using Slimta.EndToEnd.Bench;
using Slimta.EndToEnd.Bench.Load;
using Slimta.EndToEnd.Bench.Processes;
using Slimta.EndToEnd.Bench.Report;
using Slimta.EndToEnd.Bench.Systems;

// run.sh starts this: --pages, or --folder FOLDER [--quick].
if (args is ["--pages"])
{
    Pages.Write();
    return 0;
}
if (args is not ["--folder", var folder, .. var options] || options is not ([] or ["--quick"]))
{
    Console.Error.WriteLine("Usage: run.sh [--quick], or --pages");
    return 2;
}
Workshop.Open(folder);
using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

await using var otlp = await OtlpSink.StartAsync();
var sinkPort = Workshop.FreePort();
var redis = new RedisServer("slimta");
var traced = new EdgeAndRelay(redis, sinkPort, otlp.Port, "traced:");
var untraced = new EdgeAndRelay(redis, sinkPort, otlp: null, "untraced:");
var forgetful = new EdgeAndRelay(redis, sinkPort, otlp.Port, "forgetful:", "--Storage:HistoryMessages", "0");
MailSystem[] systems =
[
    new Ceiling(sinkPort),
    new Postfix(sinkPort),
    new SlimtaOnRedis(SystemNames.Always, traced, "always", backlog: true),
    new SlimtaOnRedis(SystemNames.EverySecond, traced, "everysec"),
    new SlimtaOnRedis(SystemNames.Untraced, untraced, "always"),
    new SlimtaOnRedis(SystemNames.NoHistory, forgetful, "always"),
    new SlimtaStandalone(SystemNames.Standalone, sinkPort, otlp.Port),
    .. PythonSlimta.Path is { } path ? [new PythonSlimta(path, sinkPort)] : Array.Empty<MailSystem>(),
];
var run = new Run { Started = TimeProvider.System.GetUtcNow(), Machine = await Machine.DescribeAsync(), Systems = [.. systems.Select(system => system.Name)] };
var bench = new Bench(systems, sinkPort, otlp, run, stop.Token);
try
{
    await redis.StartAsync();
    await bench.StartAsync();
    if (options.Contains("--quick"))
    {
        await bench.MeasureAsync(Case.Headline);
    }
    else
    {
        foreach (var c in Case.All.Where(c => !c.Backlog))
            await bench.MeasureAsync(c);
        foreach (var c in Case.All.Where(c => !c.Backlog))
            await bench.MeasureDelaysAsync(c);
        await bench.MeasureIdleAsync();
        // Last: it starts relays anew, and the runtime would compile them while the others are measured.
        foreach (var c in Case.All.Where(c => c.Backlog))
            await bench.MeasureAsync(c);
    }
    run.Load = (await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[1];
}
catch (OperationCanceledException)
{
    return 130;
}
finally
{
    foreach (var system in systems)
        await system.StopAsync();
    await redis.StopAsync();
    Workshop.Forget();
}
if (options.Contains("--quick"))
{
    Console.WriteLine(new Tables([run]).Headline());
    return 0;
}
Pages.Keep(run);
Pages.Write();
Console.WriteLine(new Tables([run]).All());
return 0;

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

using Slimta.Chaos;
using Slimta.Chaos.Load;
using Slimta.Chaos.Faults;
using Slimta.Chaos.Sink;

try
{
    switch (args)
    {
        case ["--help" or "-h" or "help", ..]:
            Console.WriteLine(ChaosOptions.Usage, string.Join(", ", FaultTable.Names));
            return 0;
        case ["sink", var file, .. var ports]:
            return await SinkProcess.RunAsync(file, ports.Select(int.Parse));
        case ["drain", .. var rest]:
            return await DrainRun.RunAsync(ChaosOptions.Count(rest, "messages", 200_000), Console.WriteLine) ? 0 : 1;
        case ["takeover", .. var rest]:
            return await TakeoverRun.RunAsync(ChaosOptions.Count(rest, "rounds", 3), Console.WriteLine) ? 0 : 1;
        case ["failover", .. var rest]:
            return await FailoverRun.RunAsync(ChaosOptions.Count(rest, "rounds", 10), Console.WriteLine) ? 0 : 1;
        case ["garnet", .. var rest]:
            return await GarnetRun.RunAsync(ChaosOptions.Count(rest, "kills", 20), Console.WriteLine) ? 0 : 1;
        default:
            var outcome = await ChaosRun.RunAsync(ChaosOptions.Parse(args));
            Console.WriteLine(outcome.Report);
            return outcome.Failures.Count == 0 ? 0 : 1;
    }
}
catch (FormatException wrong)
{
    await Console.Error.WriteLineAsync(wrong.Message);
    return 2;
}
catch (System.ComponentModel.Win32Exception missing)
{
    await Console.Error.WriteLineAsync($"{missing.Message} redis-server is in Debian's package of that name.");
    return 2;
}

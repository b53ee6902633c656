using Slimta.Storage.Bench;

// The storage beside redis-benchmark, everything on the loopback. Prints Markdown; bench/README.md keeps what it printed.
switch (args)
{
    case []:
        await Throughput.RunAsync(rounds: 3);
        await Latency.RunAsync();
        await Sizes.RunAsync();
        return 0;
    case ["throughput"]:
        await Throughput.RunAsync(rounds: 3);
        return 0;
    case ["throughput", var only]:
        await Throughput.RunAsync(rounds: 3, only);
        return 0;
    case ["latency"]:
        await Latency.RunAsync();
        return 0;
    case ["sizes"]:
        await Sizes.RunAsync();
        return 0;
    case ["history"]:
        await HistoryCost.RunAsync(rounds: 5);
        return 0;
    case ["million", .. var number]:
        await Slimta.Storage.Bench.Million.Questions.RunAsync(number is [var count] ? int.Parse(count) : 1_000_000);
        return 0;
    case ["consume", var connection]:
        await Latency.ConsumeAsync(connection);
        return 0;
    default:
        await Console.Error.WriteLineAsync("Usage: Storage.Bench [throughput [server] | latency | sizes | history | million [messages]]; without an argument: all.");
        return 1;
}

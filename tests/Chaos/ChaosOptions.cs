using System.Globalization;

namespace Slimta.Chaos;

/// <summary>What is run on.</summary>
internal enum ServerKind
{
    /// <summary>Edges and relays, each a process, on a redis-server.</summary>
    Redis,

    /// <summary>All of it in one process on an embedded Garnet.</summary>
    Garnet,

    /// <summary>Edges and relays, each a process, on a Garnet in its own process.</summary>
    GarnetShared,
}

/// <summary>The command line.</summary>
internal sealed record ChaosOptions
{
    public const string Usage = """
        dotnet run -c Release --project tests/Chaos -- [minutes] [options]     kills, cuts and stops everything, then judges
        dotnet run -c Release --project tests/Chaos -- drain [messages]        fills a queue with no relay running, then drains it
        dotnet run -c Release --project tests/Chaos -- takeover [rounds]       kills a relay with its hands full: when is the last delivered
        dotnet run -c Release --project tests/Chaos -- failover [rounds]       kills a Redis and promotes its replica: what is lost
        dotnet run -c Release --project tests/Chaos -- garnet [kills]          kills an embedded Garnet amid checkpoints: what is lost

          minutes            how long faults are made (default 3); then all that was accepted must arrive
          --seed N           repeats the choices of an earlier run; it prints its seed (default: any)
          --server NAME      redis (default), garnet (Standalone as a whole), garnet-shared (roles on one Garnet)
          --faults LIST      of {0}; by commas (default: all)
          --rate N           messages a second (default 60)
          --edges N, --relays N   processes of each (default 2)
          --keep             leaves the folder with the logs
        """;

    public double Minutes { get; init; } = 3;
    public int Seed { get; init; } = Random.Shared.Next(1, 1_000_000);
    public ServerKind Server { get; init; }
    public IReadOnlySet<string> Faults { get; init; } = Slimta.Chaos.Faults.FaultTable.Names.ToHashSet();
    public double Rate { get; init; } = 60;
    public int Edges { get; init; } = 2;
    public int Relays { get; init; } = 2;
    public bool Keep { get; init; }

    /// <summary>Where progress is told.</summary>
    public Action<string> Say { get; init; } = Console.WriteLine;

    /// <exception cref="FormatException">With a line for the user.</exception>
    public static ChaosOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new ChaosOptions();
        for (var i = 0; i < arguments.Length; i++)
        {
            var name = arguments[i];
            if (name == "--keep")
            {
                options = options with { Keep = true };
                continue;
            }
            if (i == 0 && !name.StartsWith('-'))
            {
                options = options with { Minutes = Number(name, "minutes", 0.1, 24 * 60) };
                continue;
            }
            if (i + 1 == arguments.Length)
                throw new FormatException($"{name} has no value, or is no option; --help shows them.");
            options = options.With(name, arguments[++i]);
        }
        return options;
    }

    /// <summary>A whole number that stands alone after a verb.</summary>
    /// <exception cref="FormatException">With a line for the user.</exception>
    public static int Count(ReadOnlySpan<string> arguments, string what, int otherwise) => arguments.Length switch
    {
        0 => otherwise,
        1 => (int)Number(arguments[0], what, 1, 10_000_000),
        _ => throw new FormatException($"Only one number can stand here: {what}."),
    };

    private ChaosOptions With(string name, string value) => name switch
    {
        "--seed" => this with { Seed = (int)Number(value, name, 0, int.MaxValue) },
        "--server" => this with
        {
            Server = value switch
            {
                "redis" => ServerKind.Redis,
                "garnet" => ServerKind.Garnet,
                "garnet-shared" => ServerKind.GarnetShared,
                _ => throw new FormatException($"--server {value}: it is redis, garnet or garnet-shared."),
            },
        },
        "--faults" => this with { Faults = ParseFaults(value) },
        "--rate" => this with { Rate = Number(value, name, 0.1, 10_000) },
        "--edges" => this with { Edges = (int)Number(value, name, 1, 8) },
        "--relays" => this with { Relays = (int)Number(value, name, 1, 8) },
        _ => throw new FormatException($"{name} is no option; --help shows them."),
    };

    private static HashSet<string> ParseFaults(string value)
    {
        var names = value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToHashSet();
        return names.Except(Slimta.Chaos.Faults.FaultTable.Names).FirstOrDefault() is { } unknown
            ? throw new FormatException($"--faults {unknown}: it is of {string.Join(", ", Slimta.Chaos.Faults.FaultTable.Names)}.")
            : names;
    }

    private static double Number(string value, string what, double least, double most) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new FormatException($"{what} {value}: it is a number from {least} to {most}.");
}

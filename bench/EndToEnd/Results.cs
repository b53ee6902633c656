using Slimta.EndToEnd.Bench.Latency;

namespace Slimta.EndToEnd.Bench;

/// <summary>One measurement of one case on one system.</summary>
/// <param name="Accepted">Messages a second until the last 250.</param>
/// <param name="Delivered">Messages a second until the sink had the last.</param>
/// <param name="Cpu">Processor seconds for 1,000 messages, by process.</param>
/// <param name="Peak">Peak of the resident memory in bytes, by process.</param>
/// <param name="Grown">By how much that is more than before.</param>
internal sealed record Measurement(
    int Messages, double Accepted, double Delivered, Dictionary<string, double> Cpu, Dictionary<string, long> Peak, Dictionary<string, long> Grown);

/// <summary>All measurements of one case on one system.</summary>
internal sealed record Cell(string Case, string System, List<Measurement> Rounds, string? Problem)
{
    /// <summary>The round with the median rate of deliveries; null if there is none.</summary>
    public Measurement? Median => Rounds.OrderBy(round => round.Delivered).ElementAtOrDefault(Rounds.Count / 2);
}

/// <param name="Share">Of one processor.</param>
internal sealed record Idle(string System, string Process, double Share);

/// <summary>What one run of the command found; kept as a file, from which the pages are made.</summary>
internal sealed record Run
{
    public required DateTimeOffset Started { get; init; }
    public required string Machine { get; init; }
    public List<string> Systems { get; init; } = [];
    public List<Cell> Cells { get; init; } = [];
    public Dictionary<string, Delays> Delays { get; init; } = new(StringComparer.Ordinal);

    /// <summary>By case, then by system; the headline case's are in <see cref="Delays"/> as well.</summary>
    public Dictionary<string, Dictionary<string, Delays>> DelaysByCase { get; init; } = new(StringComparer.Ordinal);

    public List<Idle> Idle { get; init; } = [];

    /// <summary>Exports with spans while everything was idle.</summary>
    public int? IdleSpans { get; set; }

    /// <summary>The load average at the end, which tells whether the machine had other work.</summary>
    public string Load { get; set; } = "";

    public Cell? Find(string name, string system) => Cells.Find(cell => cell.Case == name && cell.System == system);
}

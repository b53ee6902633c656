using Slimta.EndToEnd.Bench.Processes;

namespace Slimta.EndToEnd.Bench.Systems;

/// <summary>What is measured: takes mail on a port and delivers it to the run's sink.</summary>
/// <param name="name">As the tables have it.</param>
internal abstract class MailSystem(string name)
{
    public string Name => name;

    /// <summary>Where it takes mail.</summary>
    public abstract int Port { get; }

    /// <summary>How many messages it gets for each of a case's: so that all take about as long.</summary>
    public virtual double Share => 1;

    public abstract Task StartAsync();

    public abstract Task StopAsync();

    /// <summary>Before each measurement, for systems that share processes with another.</summary>
    public virtual Task PrepareAsync() => Task.CompletedTask;

    /// <summary>It can take mail without delivering it.</summary>
    public virtual bool CanHoldBack => false;

    /// <summary>Takes mail from now on and delivers none.</summary>
    public virtual Task HoldBackAsync() => throw new NotSupportedException();

    /// <summary>Begins to deliver what was held back.</summary>
    public virtual Task LetGoAsync() => throw new NotSupportedException();

    /// <summary>Its processes by name; several may have the same.</summary>
    public abstract IEnumerable<(string Name, int Process)> Members();

    /// <summary>Processor seconds so far, by name.</summary>
    public Dictionary<string, double> Cpu() => Members().GroupBy(member => member.Name)
        .ToDictionary(group => group.Key, group => group.Sum(member => ProcFile.CpuSeconds(member.Process)), StringComparer.Ordinal);

    public Dictionary<string, long> Resident() => Memory(ProcFile.ResidentBytes);

    public Dictionary<string, long> Peak() => Memory(ProcFile.PeakResidentBytes);

    public void ResetPeak()
    {
        foreach (var (_, process) in Members())
            ProcFile.ResetPeak(process);
    }

    private Dictionary<string, long> Memory(Func<int, long> read) => Members().GroupBy(member => member.Name)
        .ToDictionary(group => group.Key, group => group.Sum(member => read(member.Process)), StringComparer.Ordinal);
}

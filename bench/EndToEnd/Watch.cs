using Slimta.EndToEnd.Bench.Processes;
using Slimta.EndToEnd.Bench.Systems;

namespace Slimta.EndToEnd.Bench;

/// <summary>What a system uses while it is measured.</summary>
internal sealed class Watch
{
    /// <summary>Settling the last messages, closing files: after the last delivery.</summary>
    private const double AfterSeconds = 0.3;

    private readonly MailSystem _system;
    private readonly Dictionary<string, double> _cpu;
    private readonly Dictionary<string, long> _resident;
    private readonly double _start;

    private Watch(MailSystem system)
    {
        _system = system;
        system.ResetPeak();
        _resident = system.Resident();
        _cpu = system.Cpu();
        _start = Clock.Now;
    }

    public static Watch Begin(MailSystem system) => new(system);

    public async Task<Measurement> EndAsync(int messages, double accepted, double delivered)
    {
        await Clock.Wait(AfterSeconds);
        var (cpu, peak) = (_system.Cpu(), _system.Peak());
        return new Measurement(messages, messages / (accepted - _start), messages / (delivered - _start),
            cpu.ToDictionary(one => one.Key, one => (one.Value - _cpu.GetValueOrDefault(one.Key)) * 1000 / messages, StringComparer.Ordinal),
            peak,
            peak.ToDictionary(one => one.Key, one => Math.Max(0, one.Value - _resident.GetValueOrDefault(one.Key)), StringComparer.Ordinal));
    }
}

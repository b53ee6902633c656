using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Slimta.Storage.Redis;

namespace Slimta.Storage.Bench.Million;

/// <summary>
/// How long commands held the server: by processor time of its thread, and by the clock, which counts other processes on the core and the machine's
/// own pauses, too. A module measures it, command_times.c, which a C compiler has to be there for.
/// </summary>
internal sealed class CommandTimes : IDisposable
{
    /// <summary>Microseconds; a kind of command is printed if one of them took as long.</summary>
    private const long Told = 500;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slimta-times-");

    private CommandTimes()
    {
    }

    /// <summary>What a redis-server is started with.</summary>
    public string[] Settings => ["--loadmodule", Module];

    private string Module => Path.Combine(_folder.FullName, "command_times.so");

    /// <exception cref="InvalidOperationException">There is no C compiler.</exception>
    public static async Task<CommandTimes> CompileAsync()
    {
        var times = new CommandTimes();
        try
        {
            using var compiler = Process.Start("cc", ["-O2", "-shared", "-fPIC", "-o", times.Module, Path.Combine(AppContext.BaseDirectory, "Million", "command_times.c")]);
            await compiler.WaitForExitAsync();
            return compiler.ExitCode == 0 ? times : throw new InvalidOperationException("command_times.c could not be compiled; see above.");
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException("The times of commands are measured by a module in C, and there is no 'cc' on this machine; on Debian: apt-get install gcc libc6-dev.", e);
        }
    }

    /// <summary>Prints those since the last time, the longest first.</summary>
    public static async Task PrintAsync(BenchServer server, string what)
    {
        var scripts = Script.All.ToDictionary(script => script.Hash, script => script.Name, StringComparer.OrdinalIgnoreCase);
        var rows = (await server.CommandAsync("TIMES.LOOK")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' '))
            .Where(line => !line[0].Equals("TIMES.LOOK", StringComparison.OrdinalIgnoreCase))
            .Select(line => (Name: scripts.GetValueOrDefault(line[0]) ?? line[0], Numbers: line[1..].Select(number => long.Parse(number, CultureInfo.InvariantCulture)).ToList()))
            .OrderByDescending(row => row.Numbers[2])
            .ToList();
        Console.WriteLine($"\n| {what} | Calls | Over 5 ms of processor time, the longest, ms | Over 5 ms by the clock, the longest, ms |\n|---|---|---|---|");
        foreach (var (name, numbers) in rows.Where(row => row.Numbers[4] >= Told))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {numbers[0]:N0} | {numbers[1]}, {numbers[2] / 1000.0:F2} | {numbers[3]}, {numbers[4] / 1000.0:F1} |"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{rows.Sum(row => row.Numbers[0]):N0} commands of {rows.Count} kinds; those that are not named took less than {Told / 1000.0:F1} ms each.\n"));
    }

    public void Dispose() => _folder.Delete(recursive: true);
}

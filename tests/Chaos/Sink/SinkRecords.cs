using System.Text;
using System.Text.Json;

namespace Slimta.Chaos.Sink;

/// <summary>Reads what the sink records, while it does.</summary>
internal sealed class SinkRecords(string file, Journal journal) : IDisposable
{
    private readonly FileStream _file = new(file, FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite);
    private readonly MemoryStream _line = new();

    /// <summary>What is new since the last time.</summary>
    public void Read()
    {
        var buffer = new byte[64 * 1024];
        while (_file.Read(buffer) is var read and > 0)
        {
            foreach (var next in buffer.AsSpan(0, read))
            {
                if (next != '\n')
                {
                    _line.WriteByte(next);
                    continue;
                }
                Add(Encoding.UTF8.GetString(_line.GetBuffer(), 0, (int)_line.Length));
                _line.SetLength(0);
            }
        }
    }

    public void Dispose() => _file.Dispose();

    private void Add(string line)
    {
        // A kill may leave half a line, and the next process's first line behind it.
        var start = line.LastIndexOf("{\"At\":", StringComparison.Ordinal);
        if (start >= 0 && JsonSerializer.Deserialize<Arrival>(line[start..]) is { } arrival)
            journal.Arrivals.Enqueue(arrival);
    }
}

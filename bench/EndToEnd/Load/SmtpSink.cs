using System.Globalization;
using System.Text;
using Slimta.EndToEnd.Bench.Processes;

namespace Slimta.EndToEnd.Bench.Load;

/// <summary>
/// Postfix's smtp-sink. It writes its counters (-c) to a file in memory, which is read from time to time: one small write a
/// message, the same for all systems.
/// </summary>
internal sealed class SmtpSink : IAsyncDisposable
{
    private static readonly string Counters = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"smtp-sink-{Environment.ProcessId}");

    private readonly Child _process;

    private SmtpSink(Child process) => _process = process;

    public int Process => _process.Id;

    public static async Task<SmtpSink> StartAsync(int port)
    {
        var process = Child.Start(Counters, null, "smtp-sink", "-c", "-m", "1024", "-u", "nobody", $"127.0.0.1:{port}", "1024");
        await process.ListensAsync(port);
        return new SmtpSink(process);
    }

    /// <summary>Messages that it has taken.</summary>
    public static int Taken()
    {
        const string Field = "mesg=";
        using var file = File.OpenRead(Counters);
        var tail = new byte[256];
        file.Seek(-Math.Min(tail.Length, file.Length), SeekOrigin.End);
        var text = Encoding.ASCII.GetString(tail, 0, file.ReadAtLeast(tail, tail.Length, throwOnEndOfStream: false));
        // The last may be half written.
        var end = text.LastIndexOf('\r');
        var start = end < 0 ? -1 : text.LastIndexOf(Field, end, StringComparison.Ordinal);
        return start < 0 ? 0 : int.Parse(text.AsSpan(start + Field.Length, end - start - Field.Length), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
    }

    /// <summary>When it has so many.</summary>
    /// <exception cref="TimeoutException">None came for half a minute.</exception>
    public static async Task<double> HasAsync(int messages, CancellationToken cancellationToken)
    {
        var (last, since) = (-1, Clock.Now);
        while (true)
        {
            var taken = Taken();
            if (taken >= messages)
                return Clock.Now;
            if (taken > last)
                (last, since) = (taken, Clock.Now);
            else if (Clock.Now - since > 30)
                throw new TimeoutException($"{messages - taken} of {messages} messages did not come");
            await Clock.Wait(0.01);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        File.Delete(Counters);
    }
}

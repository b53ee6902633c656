using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Slimta.Smtp.Server;

namespace Slimta.Chaos.Sink;

/// <summary>The sink as its own process, so that it can be killed: what it took stands in a file before it answers.</summary>
internal static class SinkProcess
{
    public const string ReadyLine = "The sink listens.";

    public static async Task<int> RunAsync(string file, IEnumerable<int> ports)
    {
        await using var records = new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        var handler = new RecordingHandler(records);
        var options = new SmtpServerOptions { Hostname = "sink.test", IsExempt = _ => true };
        foreach (var port in ports)
            options.Endpoints.Add(new SmtpEndpoint(new IPEndPoint(IPAddress.Loopback, port)));
        await using var server = new SmtpServer(options, handler, NullLoggerFactory.Instance);
        await server.StartAsync();
        Console.WriteLine(ReadyLine);
        // Until it is killed, or the process that started it is gone.
        while (await Console.In.ReadLineAsync() is not null)
        {
        }
        return 0;
    }
}

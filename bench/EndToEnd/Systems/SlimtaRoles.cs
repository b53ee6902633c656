using Slimta.EndToEnd.Bench.Processes;

namespace Slimta.EndToEnd.Bench.Systems;

/// <summary>Processes of Standalone, Release build, as a user would start them.</summary>
/// <param name="otlp">Where they export traces, metrics and logs; null: nowhere.</param>
internal sealed class SlimtaRoles(int sinkPort, int? otlp)
{
    private static readonly string Program = Path.GetFullPath(
        Path.Combine(AppContext.BaseDirectory, "../../../../../Standalone/bin/Release/net10.0/Slimta.Standalone.dll"));

    private readonly List<Child> _children = [];

    public int Port { get; } = Workshop.FreePort();

    /// <param name="role">"" for all of them.</param>
    public async Task<Child> StartAsync(string role, params IEnumerable<string> settings)
    {
        var http = Workshop.FreePort();
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        if (otlp is { } port)
        {
            environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{port}";
            environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        }
        var child = Child.Start(Workshop.File($"slimta-{http}.log"), environment, "dotnet",
            [Program, .. Enumerable.Repeat(role, role.Length == 0 ? 0 : 1),
            "--Edge:Smtp:Port", $"{Port}", "--Edge:Hostname", "mx.bench", "--Relay:HelloName", "mx.bench",
            "--Relay:Smarthost", $"127.0.0.1:{sinkPort}", "--urls", $"http://127.0.0.1:{http}", .. settings]);
        _children.Add(child);
        await child.ListensAsync(http);
        if (role is "" or "edge")
            await child.ListensAsync(Port);
        return child;
    }

    public async Task StopAsync()
    {
        await Task.WhenAll(_children.Select(child => child.StopAsync()));
        _children.Clear();
    }
}

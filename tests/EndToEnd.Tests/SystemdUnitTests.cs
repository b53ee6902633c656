using System.Globalization;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;

namespace Slimta.EndToEnd;

/// <summary>deploy/systemd/slimta.service: what it sets, in a process that is told by signals and tells by the socket, as systemd has it.</summary>
public sealed class SystemdUnitTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slimta-systemd-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Is_ready_when_the_queue_is_and_stops_in_good_order_when_told()
    {
        // DynamicUser's state directory is a link to a private one.
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "private", "slimta"));
        Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "slimta"), Path.Combine(_folder.FullName, "private", "slimta"));
        var path = Path.Combine(_folder.FullName, "notify");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(path));
        var environment = All("Environment").Select(pair => pair.Replace("%S", _folder.FullName, StringComparison.Ordinal).Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        environment["NOTIFY_SOCKET"] = path;

        await using var service = await StandaloneProcess.StartAsync("", environment: environment, settings: new() { ["Edge:Http:TrustLoopback"] = "true" });
        Assert.Equal("READY=1", await HearAsync(manager));
        await service.SaysAsync("the MX hosts of each domain");
        Assert.True(File.Exists(Path.Combine(_folder.FullName, "private", "slimta", "queue", "password")));
        Assert.Equal(0, await service.TerminateAsync());
        Assert.Equal("STOPPING=1", await HearAsync(manager));
    }

    [Fact]
    public void Waits_longer_for_the_end_than_sessions_and_deliveries_are_given()
    {
        var drains = All("Environment").Select(pair => pair.Split('=', 2)).Where(pair => pair[0].EndsWith("Stop", StringComparison.Ordinal) || pair[0].EndsWith("StopTimeout", StringComparison.Ordinal))
            .Select(pair => TimeSpan.Parse(pair[1], CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(2, drains.Count);
        var host = new Microsoft.Extensions.Hosting.HostOptions().ShutdownTimeout;
        Assert.True(host > drains[0] + drains[1]);
        Assert.True(TimeSpan.FromSeconds(int.Parse(Assert.Single(All("TimeoutStopSec")), CultureInfo.InvariantCulture)) > host);
    }

    private static async Task<string> HearAsync(Socket manager)
    {
        var buffer = new byte[256];
        return Encoding.UTF8.GetString(buffer, 0, await manager.ReceiveAsync(buffer));
    }

    private static IEnumerable<string> All(string key) =>
        File.ReadLines(Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", "deploy", "systemd", "slimta.service"))
            .Where(line => line.StartsWith(key + "=", StringComparison.Ordinal)).Select(line => line[(key.Length + 1)..]);

    private static string Here([CallerFilePath] string path = "") => path;
}

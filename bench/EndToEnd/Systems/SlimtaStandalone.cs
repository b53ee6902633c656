using Slimta.EndToEnd.Bench.Processes;

namespace Slimta.EndToEnd.Bench.Systems;

/// <summary>Ours in one process on the embedded Garnet.</summary>
internal sealed class SlimtaStandalone(string name, int sinkPort, int? otlp) : MailSystem(name)
{
    private readonly SlimtaRoles _roles = new(sinkPort, otlp);
    private Child? _process;

    public override int Port => _roles.Port;

    public override async Task StartAsync() => _process = await _roles.StartAsync("",
        "--Queue:Folder", Workshop.Folder("garnet"), "--Sink:Port", $"{Workshop.FreePort()}");

    public override Task StopAsync() => _roles.StopAsync();

    public override IEnumerable<(string Name, int Process)> Members() => [("standalone", _process!.Id)];
}

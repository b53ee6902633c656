using Slimta.EndToEnd.Bench.Processes;

namespace Slimta.EndToEnd.Bench.Systems;

/// <summary>Ours in one process on the embedded Garnet.</summary>
internal sealed class SlimtaStandalone(string name, int sinkPort, int? otlp) : MailSystem(name)
{
    private readonly SlimtaRoles _roles = new(sinkPort, otlp);
    private string _folder = "";
    private Child? _process;

    public override int Port => _roles.Port;

    public override Task StartAsync()
    {
        _folder = Workshop.Folder($"garnet-{Port}");
        return OpenAsync();
    }

    public override Task StopAsync() => _roles.StopAsync();

    public override bool CanHoldBack => true;

    /// <summary>The queue on its folder and an edge, and no relay.</summary>
    public override async Task HoldBackAsync()
    {
        await _roles.StopAsync();
        var port = Workshop.FreePort();
        await _roles.StartAsync("queue", "--Garnet:Folder", _folder, "--Garnet:Port", $"{port}");
        await _roles.StartAsync("edge", "--ConnectionStrings:redis", $"127.0.0.1:{port},passwordFile={Path.Combine(_folder, "password")}");
    }

    public override async Task LetGoAsync()
    {
        await _roles.StopAsync();
        await OpenAsync();
    }

    public override IEnumerable<(string Name, int Process)> Members() => [("standalone", _process!.Id)];

    private async Task OpenAsync() => _process = await _roles.StartAsync("", "--Garnet:Folder", _folder, "--Mailbox:Port", $"{Workshop.FreePort()}");
}

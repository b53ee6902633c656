namespace Slimta.EndToEnd.Bench.Systems;

/// <summary>smtp-source straight into smtp-sink: more than this the harness cannot measure.</summary>
internal sealed class Ceiling(int sinkPort) : MailSystem(SystemNames.Ceiling)
{
    public override int Port => sinkPort;
    public override double Share => 3;
    public override Task StartAsync() => Task.CompletedTask;
    public override Task StopAsync() => Task.CompletedTask;
    public override IEnumerable<(string Name, int Process)> Members() => [];
}

namespace Slimta.Chaos.Drain;

internal static class DrainRun
{
    public static Task<bool> RunAsync(int messages, Action<string> say) => Task.FromResult(messages < 0);
}

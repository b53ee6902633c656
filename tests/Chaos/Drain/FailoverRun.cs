namespace Slimta.Chaos.Drain;

internal static class FailoverRun
{
    public static Task<bool> RunAsync(int rounds, Action<string> say) => Task.FromResult(rounds < 0);
}

namespace Slimta.Relay.Routing;

/// <summary>
/// All callers that ask the same share one look-up, which goes on even if one of them gives up. Names not found are remembered for a while (RFC
/// 2308), and failures too; answers are in the resolver's own cache.
/// </summary>
internal sealed class SharedLookUps<T>(TimeProvider time)
{
    /// <summary>The most names that strangers can make us remember: some megabytes.</summary>
    private const int MaxNames = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, LookUp> _lookUps = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="ask">It does not throw.</param>
    public Task<DnsAnswer<T>> AskAsync(string name, Func<string, Task<DnsAnswer<T>>> ask)
    {
        lock (_gate)
        {
            if (_lookUps.TryGetValue(name, out var known) && (!known.Answer.IsCompleted || time.GetTimestamp() < known.Ends))
                return known.Answer;
            if (_lookUps.Count >= MaxNames)
                _lookUps.Clear();
            var lookUp = _lookUps[name] = new LookUp();
            return lookUp.Answer = RunAsync(lookUp, name, ask);
        }
    }

    private async Task<DnsAnswer<T>> RunAsync(LookUp lookUp, string name, Func<string, Task<DnsAnswer<T>>> ask)
    {
        var answer = await ask(name);
        if (answer.Status != DnsStatus.Found)
            lookUp.Ends = time.GetTimestamp() + (long)(answer.Lasts.TotalSeconds * time.TimestampFrequency);
        return answer;
    }

    private sealed class LookUp
    {
        public Task<DnsAnswer<T>> Answer { get; set; } = Task.FromResult(DnsAnswer<T>.Failed);

        /// <summary>Until when the answer is remembered.</summary>
        public long Ends { get; set; }
    }
}

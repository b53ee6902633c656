using Slimta.Storage.Redis;

namespace Slimta.Storage.Tests;

/// <summary>No caller is given a round that began before they asked: the change they wait for may have come too late for it.</summary>
public sealed class SharedFlushesTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<TaskCompletionSource> _rounds = [];
    private readonly SemaphoreSlim _begun = new(0);

    [Fact]
    public async Task Who_comes_during_a_round_gets_the_next_one_with_all_others_who_do()
    {
        var shared = new SharedFlush<int>(RoundAsync);
        var first = shared.JoinAsync();
        await BegunAsync();
        var later = Enumerable.Range(0, 3).Select(_ => shared.JoinAsync()).ToList();
        Assert.Single(_rounds);

        _rounds[0].SetResult();
        Assert.Equal(0, await first);
        await BegunAsync();
        var last = shared.JoinAsync();
        _rounds[1].SetResult();
        Assert.All(await Task.WhenAll(later), round => Assert.Equal(1, round));

        await BegunAsync();
        _rounds[2].SetResult();
        Assert.Equal(2, await last);
        Assert.Equal(3, _rounds.Count);
    }

    [Fact]
    public async Task A_round_that_fails_fails_for_those_who_were_in_it_and_no_other()
    {
        var shared = new SharedFlush<int>(RoundAsync);
        var first = shared.JoinAsync();
        await BegunAsync();
        var later = shared.JoinAsync();
        _rounds[0].SetException(new IOException("the first"));
        await Assert.ThrowsAsync<IOException>(() => first);

        await BegunAsync();
        _rounds[1].SetResult();
        Assert.Equal(1, await later);
    }

    /// <summary>Rounds end at every instant of others' joining. One that was taken for the next one had begun long before, and then all did.</summary>
    [Fact]
    public async Task However_joins_and_ends_of_rounds_fall_together_a_round_is_later_than_who_got_it()
    {
        const int Joiners = 8, Joins = 50_000;
        var begun = 0;
        var shared = new SharedFlush<int>(() => Task.FromResult(Interlocked.Increment(ref begun)));
        await Task.WhenAll(Enumerable.Range(0, Joiners).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < Joins; i++)
            {
                var before = Volatile.Read(ref begun);
                var mine = await shared.JoinAsync();
                Assert.True(mine > before, $"join {i} was given round {mine}, and {before} had begun before it");
            }
        })));
    }

    private Task<int> RoundAsync()
    {
        var (number, round) = (_rounds.Count, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _rounds.Add(round);
        _begun.Release();
        return EndAsync();

        async Task<int> EndAsync()
        {
            await round.Task;
            return number;
        }
    }

    private async Task BegunAsync() => Assert.True(await _begun.WaitAsync(Patience));
}

using System.Diagnostics;
using System.Text.RegularExpressions;
using Slimta.Storage.Redis;
using Slimta.Storage.Tests.Support;

namespace Slimta.Storage.Tests;

/// <summary>Who goes with whom.</summary>
public sealed partial class CallBatchingTests
{
    private readonly List<Call> _calls = [];
    private readonly CallBatcher<int, string> _group;
    private readonly SemaphoreSlim _made = new(0);

    public CallBatchingTests() => _group = new(MakeAsync, bytesOf: item => item);

    [Fact]
    public async Task Who_is_alone_goes_at_once()
    {
        var one = Run(1);
        Assert.Equal([1], (await MadeAsync(0)).Items);
        _calls[0].Answer();
        Assert.Equal("<1>", await one);

        var two = Run(2);
        Assert.Equal([2], (await MadeAsync(1)).Items);
        _calls[1].Answer();
        Assert.Equal("<2>", await two);
    }

    [Fact]
    public async Task While_two_calls_are_under_way_the_others_collect_and_go_together()
    {
        await BusyAsync();
        var later = Enumerable.Range(10, 5).Select(Run).ToList();
        Assert.Equal(2, _calls.Count);

        _calls[1].Answer();
        Assert.Equal([10, 11, 12, 13, 14], (await MadeAsync(2)).Items);
        _calls[2].Answer();
        Assert.Equal(["<10>", "<11>", "<12>", "<13>", "<14>"], await Task.WhenAll(later));
    }

    [Fact]
    public async Task A_call_takes_no_more_items_and_bytes_than_the_server_can_do_in_a_moment()
    {
        await BusyAsync();
        var many = Enumerable.Repeat(1, 70).Select(Run).ToList();
        var large = Enumerable.Repeat(100 * 1024, 3).Append(300 * 1024).Select(Run).ToList();

        int[] counts = [32, 32, 8, 1, 1];
        for (var i = 0; i < counts.Length; i++)
        {
            _calls[i == 0 ? 0 : i + 1].Answer();
            Assert.Equal(counts[i], (await MadeAsync(i + 2)).Items.Count);
        }
        _calls[^1].Answer();
        await Task.WhenAll(many.Concat(large));
    }

    [Fact]
    public async Task What_fails_fails_for_those_who_went_with_it_and_no_other()
    {
        await BusyAsync();
        var later = new[] { Run(10), Run(11) };
        _calls[0].Fail();
        await MadeAsync(2);
        var last = Run(12);
        _calls[2].Fail();
        foreach (var task in later)
            await Assert.ThrowsAsync<QueueUnavailableException>(() => task);

        await MadeAsync(3);
        _calls[3].Answer();
        Assert.Equal("<12>", await last);
    }

    [Fact]
    public async Task Who_gave_up_before_the_call_was_made_is_not_in_it()
    {
        using var givesUp = new CancellationTokenSource();
        await BusyAsync();
        var abandoned = _group.RunAsync(10, givesUp.Token);
        var patient = Run(11);
        await givesUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned);

        _calls[0].Answer();
        Assert.Equal([11], (await MadeAsync(2)).Items);
        _calls[2].Answer();
        await patient;
    }

    [Fact]
    public async Task A_call_is_made_outside_its_callers_traces()
    {
        using var activity = new Activity("the caller's").Start();
        var one = Run(1);
        var call = await MadeAsync(0);
        Assert.Null(call.Trace);
        call.Answer();
        await one;
        Assert.Same(activity, Activity.Current);
    }

    [Fact]
    public async Task What_comes_while_a_real_server_is_busy_takes_it_few_calls()
    {
        const int Messages = 50;
        await using var redis = await RedisProcess.StartAsync();
        await using var storage = new RedisStorage(StackExchange.Redis.ConfigurationOptions.Parse(redis.ConnectionString), new QueueOptions { Timeout = TimeSpan.FromSeconds(30) });
        await storage.WriteAsync(Mail.ToThree());
        var before = await ScriptsAsync(redis);

        await redis.CommandAsync("CLIENT", "PAUSE", 60_000, "WRITE");
        var writes = Enumerable.Range(0, Messages).Select(_ => storage.WriteAsync(Mail.ToThree())).ToList();
        await redis.CommandAsync("CLIENT", "UNPAUSE");
        await Task.WhenAll(writes);

        Assert.InRange(await ScriptsAsync(redis) - before, 1, 4);
        Assert.Equal(Messages + 1, (await storage.CountAsync()).Total);
    }

    private static async Task<int> ScriptsAsync(RedisProcess redis) =>
        int.Parse(ScriptCalls().Match(await redis.CommandAsync("INFO", "commandstats")).Groups["calls"].Value);

    [GeneratedRegex("cmdstat_evalsha:calls=(?<calls>\\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex ScriptCalls();

    private Task<string> Run(int item) => _group.RunAsync(item, CancellationToken.None);

    /// <summary>Two calls are under way.</summary>
    private async Task BusyAsync()
    {
        _ = Run(1);
        await MadeAsync(0);
        _ = Run(2);
        await MadeAsync(1);
    }

    private async Task<Call> MadeAsync(int index)
    {
        while (true)
        {
            lock (_calls)
            {
                if (_calls.Count > index)
                    return _calls[index];
            }
            await _made.WaitAsync(TimeSpan.FromSeconds(60));
        }
    }

    private Task<IReadOnlyList<string>> MakeAsync(IReadOnlyList<int> items)
    {
        var call = new Call(items, Activity.Current);
        lock (_calls)
            _calls.Add(call);
        _made.Release();
        return call.Task;
    }

    private sealed class Call(IReadOnlyList<int> items, Activity? trace)
        : TaskCompletionSource<IReadOnlyList<string>>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public IReadOnlyList<int> Items => items;
        public Activity? Trace => trace;
        public void Answer() => SetResult([.. items.Select(item => $"<{item}>")]);
        public void Fail() => SetException(new QueueUnavailableException("gone", outcomeUnknown: true));
    }
}

using Slimta.Chaos.Actors;
using Slimta.Chaos.Faults;
using Slimta.Chaos.Judging;
using Slimta.Chaos.Mail;
using Slimta.Chaos.Operating;
using Slimta.Chaos.Sink;

namespace Slimta.Chaos;

/// <summary>A run: everything starts, mail flows, harm is done, harm stops, all mail has to arrive, and the judge decides.</summary>
internal sealed class ChaosRun : IAsyncDisposable
{
    /// <summary>Accepted and not arrived: with more than this, the sender waits for the relays.</summary>
    private const int MostUnderWay = 20_000;

    /// <summary>After the last fault: while something still arrives there is hope, without for this long there is none.</summary>
    private static readonly TimeSpan Hope = TimeSpan.FromMinutes(2);

    private readonly ChaosOptions _options;
    private readonly Journal _journal;
    private readonly PointBook _book;
    private readonly Crew _crew;
    private readonly SinkRecords _records;
    private readonly Progress _progress;
    private readonly Sender _sender;
    private readonly Storm _storm;
    private readonly Operators? _operators;

    private ChaosRun(ChaosOptions options, Crew crew, Journal journal, PointBook book)
    {
        (_options, _crew, _journal, _book) = (options, crew, journal, book);
        _records = new SinkRecords(crew.SinkFile, journal);
        _progress = new Progress(journal);
        _sender = new Sender(journal, options.Seed, crew.ToEdges, crew.ToEdgesByHttp, options.Rate, () => _progress.UnderWay > MostUnderWay);
        _storm = new Storm(crew, _sender, journal, book);
        _operators = crew.ToOperators.Count > 0 ? new Operators(crew, journal, () => _sender.Begun) : null;
    }

    public static async Task<Outcome> RunAsync(ChaosOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("slimta-chaos-").FullName;
        options.Say($"seed {options.Seed}, {options.Server}, {options.Minutes} minutes of {string.Join(", ", options.Faults)}");
        try
        {
            var (journal, began) = (new Journal(), Clock.Now);
            var book = new PointBook(journal);
            await using var run = new ChaosRun(options, await Crew.StartAsync(options, folder, journal, book), journal, book);
            using var over = new CancellationTokenSource();
            var watching = Stalls.WatchAsync(journal, over.Token);
            await run.FlowAsync();
            var left = await run.SettleAsync();
            await over.CancelAsync();
            await watching;
            return await run.JudgeAsync(left, began);
        }
        finally
        {
            if (options.Keep)
                options.Say($"kept: {folder}");
            else
                Directory.Delete(folder, recursive: true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_options.Keep)
            await File.WriteAllLinesAsync(Path.Combine(_crew.Folder, "processes.log"), _journal.Lines.Select(line => $"{Clock.Text(line.At)} {line.Who,-10} {line.Text}"));
        _operators?.Dispose();
        _storm.Dispose();
        _sender.Dispose();
        _records.Dispose();
        await _crew.DisposeAsync();
    }

    /// <summary>Mail and faults.</summary>
    private async Task FlowAsync()
    {
        using var over = new CancellationTokenSource(TimeSpan.FromMinutes(_options.Minutes), TimeProvider.System);
        using var sent = new CancellationTokenSource();
        var sending = _sender.RunAsync(sent.Token);
        var storm = _storm.RunAsync(over.Token);
        var operating = _operators?.RunAsync(sent.Token) ?? Task.CompletedTask;
        var told = Clock.Now;
        while (!storm.IsCompleted)
        {
            await Clock.DelayAsync(0.2);
            Look();
            if (Clock.Now - told > Clock.Seconds(15))
            {
                told = Clock.Now;
                _options.Say($"  {Clock.Text(told)} s: {_progress}, {_journal.Faults.Count} faults");
            }
        }
        await storm;
        await sent.CancelAsync();
        await sending;
        await operating;
    }

    /// <summary>The faults are over. What is still under way has to arrive.</summary>
    /// <returns>What is left in the queue's server, or why it cannot be told.</returns>
    private async Task<IReadOnlyList<string>> SettleAsync()
    {
        _options.Say($"  {Clock.Text(Clock.Now)} s: the faults are over; {_progress}");
        _crew.Ward?.Heal();
        foreach (var actor in _crew.Actors)
        {
            using var hold = await actor.HoldAsync();
            if (actor.Child is not { HasExited: false })
                await actor.StartAsync();
        }
        if (_operators is not null)
        {
            await _operators.Closing.RemoveRulesAsync();
            await _operators.Closing.JobsAsync();
        }
        await ClearAsync();
        var leftovers = new Leftovers(_crew.Place);
        var (seen, since, empty) = (-1, Clock.Now, Clock.Now);
        while (true)
        {
            Look();
            var waiting = await leftovers.WaitingAsync();
            if (_progress.UnderWay == 0 && waiting == 0)
                break;
            if (_progress.Seen != seen)
                (seen, since) = (_progress.Seen, Clock.Now);
            // What an operator dropped is not waited for.
            if (waiting > 0)
                empty = Clock.Now;
            else if (_operators is not null && Clock.Now - empty > Clock.Seconds(2))
                break;
            if (_operators is not null && waiting > 0)
                await _operators.Closing.ReleaseAsync();
            if (Clock.Now - since > Clock.Seconds(Hope.TotalSeconds))
                break;
            await Clock.DelayAsync(0.2);
        }
        _options.Say($"  {Clock.Text(Clock.Now)} s: {_progress}");
        await leftovers.SweepAsync(SweepMessageAsync);
        Look();
        var left = await leftovers.FindAsync();
        if (_operators is not null)
            await _operators.Closing.ReadHistoryAsync();
        return left;
    }

    /// <summary>An operator takes out what was damaged.</summary>
    private async Task ClearAsync()
    {
        if (_crew.Ward is not { Damaged.IsEmpty: false } ward)
            return;
        var wrong = await OperatorDesk.ClearAsync(_crew.Place, ward.Damaged.Keys);
        Look();
        foreach (var (id, token) in ward.Damaged)
        {
            _progress.Forget(token);
            if (wrong.TryGetValue(id, out var problem))
                ward.Unexplained[token] = problem;
        }
    }

    /// <summary>A large message makes the server drop content that was staged and whose time is over.</summary>
    /// <returns>Whether it has arrived. What became of it otherwise is the judge's to say.</returns>
    private async Task<bool> SweepMessageAsync(int number)
    {
        const int Large = 100_000;
        var token = $"sweep{_options.Seed:x}n{number}";
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2), TimeProvider.System);
        try
        {
            await _sender.SendAsync(TestMessage.Make(token, [$"{Trouble.None}.{token}.0@a.test"], Large, new Random(number)), patience.Token);
            while (!_progress.IsDone(token))
            {
                await Clock.DelayAsync(0.05, patience.Token);
                Look();
            }
            return true;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task<Outcome> JudgeAsync(IReadOnlyList<string> left, long began)
    {
        // The links write down what was under way when they end.
        foreach (var link in _crew.Links)
            await link.DisposeAsync();
        var verdict = new Judge(_journal, _options.Server, _crew.Ward).Decide(left);
        return new Outcome
        {
            Options = _options,
            Journal = _journal,
            Hits = _book.Hits,
            Points = _options.Faults.Contains(FaultTable.Points) ? _storm.Points : [],
            Verdict = verdict,
            Skewed = _crew.Clocks.Started,
            Seconds = (Clock.Now - began) / 1_000_000.0,
        };
    }

    private void Look()
    {
        _records.Read();
        _progress.Look();
    }
}

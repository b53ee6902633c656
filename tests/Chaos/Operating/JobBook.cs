using System.Text.Json.Nodes;

namespace Slimta.Chaos.Operating;

/// <summary>How each job stands, noted again and again: the queue keeps the last hundred only, and a long run has thousands.</summary>
internal sealed class JobBook(OperatorHand hand, Journal journal)
{
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await LookAsync();
            await Clock.DelayAsync(1, stop).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    /// <returns>Whether none that is known still runs; false, too, where no edge answers.</returns>
    public async Task<bool> LookAsync()
    {
        if ((await hand.AskAsync("jobs"))?["jobs"] is not JsonArray found)
            return false;
        var ids = found.Select(job => (string)job!["id"]!).ToHashSet(StringComparer.Ordinal);
        foreach (var job in journal.Jobs.Values.Where(job => job.State == "running" && !ids.Contains(job.Id)))
            journal.Jobs[job.Id] = job with { State = Job.Gone };
        foreach (var job in found)
        {
            journal.Jobs[(string)job!["id"]!] = new((string)job["id"]!, (string)job["state"]!, (string?)job["text"] ?? "",
                (int)job["done"]!, $"{job["done"]}/{job["delivering"]}/{job["failed"]}");
        }
        return journal.Jobs.Values.All(job => job.State != "running");
    }
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Slimta.Storage;

namespace Slimta.Chaos.Actors;

/// <summary>Looks at messages and takes them out of the queue as an operator does, through the contract.</summary>
internal static class OperatorDesk
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Takes damaged messages out, each once it is held; what was delivered in spite of its damage is gone already.</summary>
    /// <returns>The ids that are neither held with a reason nor gone, with what is the matter.</returns>
    public static async Task<IReadOnlyDictionary<string, string>> ClearAsync(Place place, IEnumerable<string> ids)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["ConnectionStrings:redis"] = $"127.0.0.1:{place.Port},password={Settings.QueuePassword}";
        foreach (var (key, value) in Settings.Queue(builder.Configuration["ConnectionStrings:redis"]))
            builder.Configuration[key] = value;
        builder.AddMailQueue();
        using var host = builder.Build();
        await host.StartAsync();
        var (queue, wrong) = (host.Services.GetRequiredService<IQueueOperator>(), new Dictionary<string, string>());
        foreach (var id in ids)
        {
            for (var since = Clock.Now; await ProblemAsync(queue, id) is { } problem; await Clock.DelayAsync(0.2))
            {
                wrong[id] = problem;
                if (Clock.Now - since > Clock.Seconds(Patience.TotalSeconds))
                    break;
                wrong.Remove(id);
            }
        }
        await host.StopAsync();
        return wrong;
    }

    private static async Task<string?> ProblemAsync(IQueueOperator queue, string id)
    {
        try
        {
            var listing = (await queue.InspectAsync(id)).Listing;
            if (listing.State != MessageState.Held)
                return $"it is {listing.State} until {listing.Timestamp:O}, {listing.Problem ?? "and can be read"}";
            if (string.IsNullOrEmpty(listing.HoldReason))
                return "it is held without a reason";
            await queue.RemoveAsync(id);
            return null;
        }
        catch (KeyNotFoundException)
        {
            return null;
        }
    }
}

using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Slimta.Relay.Delivery;
using Slimta.Storage;

namespace Slimta.Standalone;

/// <summary>The last deliveries of this process, in memory, the newest first.</summary>
internal sealed class DeliveryLog
{
    private const int Kept = 100;

    private readonly Lock _gate = new();
    private readonly LinkedList<DeliveryLine> _lines = new();

    public IReadOnlyList<DeliveryLine> List()
    {
        lock (_gate)
            return [.. _lines];
    }

    public void Add(DeliveryLine line)
    {
        lock (_gate)
        {
            _lines.AddFirst(line);
            if (_lines.Count > Kept)
                _lines.RemoveLast();
        }
    }
}

/// <summary>What an attempt did for one recipient.</summary>
/// <param name="Reply">The server's, or what went wrong before there was one.</param>
internal sealed record DeliveryLine(
    DateTimeOffset Time, string Message, string Sender, string Recipient, string Outcome, string? Reply, string? Host, int Attempt, string? TraceId);

/// <summary>Notes what a delivery did; it changes nothing about it.</summary>
internal sealed class NotedDelivery(IDelivery delivery, DeliveryLog log, TimeProvider time) : IDelivery
{
    public async Task<IReadOnlyList<RecipientResult>> DeliverAsync(
        QueuedMessage message, Func<IReadOnlyCollection<int>, ValueTask> delivered, CancellationToken cancellationToken)
    {
        var results = await delivery.DeliverAsync(message, delivered, cancellationToken);
        foreach (var result in results)
        {
            log.Add(new(time.GetUtcNow(), message.Id, message.Envelope.Sender, result.Recipient.Address, $"{result.Outcome}",
                result.Reply?.ToString() ?? result.Problem, result.Host, message.Attempts + 1, Activity.Current?.TraceId.ToHexString()));
        }
        return results;
    }
}

internal static class DeliveryLogRegistration
{
    /// <summary>Wraps the delivery that the relay registered.</summary>
    public static void AddDeliveryLog(this IHostApplicationBuilder builder)
    {
        var inner = builder.Services.Last(service => service.ServiceType == typeof(IDelivery)).ImplementationType!;
        builder.Services.AddSingleton<DeliveryLog>();
        builder.Services.AddSingleton<IDelivery>(services => new NotedDelivery(
            (IDelivery)ActivatorUtilities.CreateInstance(services, inner),
            services.GetRequiredService<DeliveryLog>(), services.GetRequiredService<TimeProvider>()));
    }
}

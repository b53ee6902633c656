using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Slimta.Relay.Delivery;
using Slimta.Smtp;

namespace Slimta.Standalone;

/// <summary>The last deliveries of this process, in memory, the newest first.</summary>
internal sealed class DeliveryLog
{
    private const int Kept = 100;

    private readonly Lock _gate = new();
    private readonly Queue<DeliveredLine> _noted = new(Kept + 1);

    public IReadOnlyList<DeliveryLine> List()
    {
        lock (_gate)
            return [.. _noted.Reverse().Select(noted => noted.ToLine())];
    }

    public void Add(DeliveredLine noted)
    {
        lock (_gate)
        {
            _noted.Enqueue(noted);
            if (_noted.Count > Kept)
                _noted.Dequeue();
        }
    }
}

/// <summary>A delivery as it is kept: in words only when the page asks.</summary>
internal readonly record struct DeliveredLine(DateTimeOffset Time, string Message, string Sender, RecipientResult Result, int Attempt, ActivityTraceId? Trace)
{
    public DeliveryLine ToLine() => new(Time, Message, Printable.Text(Sender), Printable.Text(Result.Recipient.Address), $"{Result.Outcome}",
        Printable.Text(Result.Reply?.ToString() ?? Result.Problem ?? ""), Result.Host is { } host ? Printable.Text(host) : null, Attempt, Trace?.ToHexString());
}

/// <summary>The result of an attempt for one recipient.</summary>
/// <param name="Reply">The server's, or the problem that came before one.</param>
internal sealed record DeliveryLine(
    DateTimeOffset Time, string Message, string Sender, string Recipient, string Outcome, string? Reply, string? Host, int Attempt, string? TraceId);

/// <summary>Notes the results of a delivery, and changes nothing.</summary>
internal sealed class LoggedDelivery(IDelivery delivery, DeliveryLog log, TimeProvider time) : IDelivery
{
    public async Task<IReadOnlyList<RecipientResult>> DeliverAsync(DeliveryContext context)
    {
        var results = await delivery.DeliverAsync(context);
        var message = context.Message;
        foreach (var result in results)
            log.Add(new(time.GetUtcNow(), message.Id, message.Envelope.Sender, result, message.Attempts + 1, Activity.Current?.TraceId));
        return results;
    }
}

internal static class DeliveryLogRegistration
{
    /// <summary>Wraps the delivery that the relay registered.</summary>
    public static void AddDeliveryLog(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<DeliveryLog>();
        builder.Services.WrapDeliveries((services, inner) => new LoggedDelivery(
            inner, services.GetRequiredService<DeliveryLog>(), services.GetRequiredService<TimeProvider>()));
    }
}

using Slimta.Domains;
using Slimta.Storage;

namespace Slimta.Relay.Delivery;

/// <summary>Each recipient by the kind of delivery that its route names. The kinds of one message work at the same time, and none fails another's.</summary>
internal sealed class DeliveryByRoute : IDelivery
{
    private readonly IDelivery _smtp;
    private readonly ILogger _log;

    /// <summary>Null where all is SMTP, as it mostly is.</summary>
    private readonly RouteTable<IDelivery>? _routes;
    private readonly Dictionary<string, IDelivery> _named = new(StringComparer.OrdinalIgnoreCase);

    public DeliveryByRoute(IServiceProvider services, RelayOptions options, ILogger<DeliveryByRoute> log)
    {
        _log = log;
        _smtp = services.GetRequiredKeyedService<IDelivery>(DeliveryRegistration.Smtp);
        if (RouteNames.Of(options).All(one => one.Route.IsSmtp))
            return;
        _routes = new();
        foreach (var (domain, route) in options.Routes)
            _routes.Add(domain, services.GetRequiredKeyedService<IDelivery>(DeliveryRegistration.KeyOf(route.Delivery)));
        foreach (var (name, _, route) in RouteNames.Of(options))
            _named.TryAdd(name, services.GetRequiredKeyedService<IDelivery>(DeliveryRegistration.KeyOf(route.Delivery)));
    }

    public Task<IReadOnlyList<RecipientResult>> DeliverAsync(DeliveryContext context)
    {
        if (_routes is null)
            return _smtp.DeliverAsync(context);
        if (context.Message.Route is { } via)
            return (_named.GetValueOrDefault(via) ?? _smtp).DeliverAsync(context);
        var kinds = context.Message.Envelope.Recipients.GroupBy(KindOf).ToList();
        return kinds.Count == 1 ? kinds[0].Key.DeliverAsync(context) : DeliverAsync(context, kinds);
    }

    private IDelivery KindOf(Recipient recipient) => _routes!.Find(DomainName.OfAddress(recipient.Address)) ?? _smtp;

    private async Task<IReadOnlyList<RecipientResult>> DeliverAsync(DeliveryContext context, List<IGrouping<IDelivery, Recipient>> kinds)
    {
        var open = kinds.Count;
        var results = await Task.WhenAll(kinds.Select(async kind =>
        {
            var part = new PartialDelivery(context, [.. kind]);
            var outcome = await DeliverAsync(kind.Key, part);
            // The last one is settled with the message.
            if (Interlocked.Decrement(ref open) > 0)
                await MarkAsync(context, outcome);
            return outcome;
        }));
        return [.. results.SelectMany(result => result)];
    }

    private async Task<IReadOnlyList<RecipientResult>> DeliverAsync(IDelivery delivery, DeliveryContext part)
    {
        try
        {
            return await delivery.DeliverAsync(part);
        }
        catch (Exception e) when (e is not (QueueException or OperationCanceledException or OutOfMemoryException))
        {
            var recipients = part.Message.Envelope.Recipients;
            RelayLog.DeliveryFailed(_log, part.Message.Id, RelayLog.Recipients(recipients.Count), e);
            return [.. recipients.Select(recipient => RecipientResults.Refused(recipient, "4.3.0", $"Delivery threw ({e.GetType().Name})."))];
        }
    }

    private static ValueTask MarkAsync(DeliveryContext context, IReadOnlyList<RecipientResult> results)
    {
        var delivered = RecipientResults.Delivered(results);
        return delivered.Count > 0 ? context.MarkDeliveredAsync(delivered) : default;
    }
}

using Slimta.Relay.Dkim;
using Slimta.Domains;
using Slimta.Storage;

namespace Slimta.Relay.Delivery;

/// <summary>Delivery by SMTP and LMTP: recipients by destination, the destinations at the same time.</summary>
internal sealed class SmtpDelivery(
    Router router, LaneSet lanes, Connector connector, FailingDestinations failing, DkimSigning dkim, RelayOptions options, TimeProvider time,
    ILogger<SmtpDelivery> log) : IDelivery
{
    public async Task<IReadOnlyList<RecipientResult>> DeliverAsync(DeliveryContext context)
    {
        var message = context.Message;
        var recipients = message.Envelope.Recipients;
        var results = new List<RecipientResult>(recipients.Count);
        // A stranger may put any name of ours into his From field; our signature would vouch for it.
        using var content = new ContentVariants(
            message.Envelope.Content, message.Envelope.Client.IsTrusted ? dkim : DkimSigning.None, options.LongLines);
        var siblings = new Siblings(time);
        var groups = Group(recipients, message.Route, results);
        if (groups.Count == 1)
        {
            var (destination, all) = groups[0];
            results.AddRange(await new GroupDelivery(context, destination, all, content, lanes, connector, siblings, failing, log).RunAsync());
            return results;
        }
        var open = groups.Count;
        var outcomes = await Task.WhenAll(groups.Select(async group =>
        {
            var outcome = await new GroupDelivery(context, group.Destination, group.Recipients, content, lanes, connector, siblings, failing, log).RunAsync();
            // The last group is settled with the message.
            if (Interlocked.Decrement(ref open) > 0 && RecipientResults.Delivered(outcome) is { Count: > 0 } indexes)
                await context.MarkDeliveredAsync(indexes);
            return outcome;
        }));
        foreach (var outcome in outcomes)
            results.AddRange(outcome);
        return results;
    }

    private List<(Destination Destination, List<Recipient> Recipients)> Group(IReadOnlyList<Recipient> recipients, string? via, List<RecipientResult> results)
    {
        var groups = new List<(Destination Destination, List<Recipient> Recipients)>(1);
        var places = new Dictionary<DestinationKey, int>();
        foreach (var domain in recipients.GroupBy(recipient => DomainName.OfAddress(recipient.Address), StringComparer.OrdinalIgnoreCase))
        {
            var routing = via is null ? router.Route(domain.Key) : router.Via(via);
            if (routing.Failure is { } failure)
            {
                results.AddRange(domain.Select(recipient => RecipientResults.From(recipient, failure)));
                continue;
            }
            if (places.TryAdd(routing.Destination!.Key, groups.Count))
                groups.Add((routing.Destination, [.. domain]));
            else
                groups[places[routing.Destination.Key]].Recipients.AddRange(domain);
        }
        return groups;
    }
}

using Slimta.Storage;

namespace Slimta.Relay.Delivery;

/// <summary>Some of a message's recipients.</summary>
internal sealed class PartialDelivery(DeliveryContext whole, IReadOnlyList<Recipient> recipients) : DeliveryContext(
    whole.Message with { Envelope = whole.Message.Envelope with { Recipients = recipients } }, whole.CancellationToken)
{
    public override bool CanCommit => whole.CanCommit;

    public override ValueTask MarkDeliveredAsync(IReadOnlyCollection<int> indexes) => whole.MarkDeliveredAsync(indexes);

    public override void MakeRoom() => whole.MakeRoom();
}

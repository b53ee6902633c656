using Slimta.Relay;
using Slimta.Smtp.Client;

namespace Slimta.Tests.Relay;

public class QueueGateTests
{
    [Fact]
    public async Task While_the_queue_is_away_neither_new_messages_nor_those_that_wait_for_a_lane_begin()
    {
        using var lanes = new LaneSet(new RelayOptions(), TimeProvider.System);
        var gate = new QueueGate(lanes);
        var lane = lanes.For(new Destination("b.test", [], Security.Opportunistic, false)).Lane;
        Assert.True(gate.Close());
        Assert.False(gate.Close());
        var message = gate.WaitAsync(default).AsTask();
        var admission = lane.EnterAsync(default).AsTask();
        Assert.False(message.IsCompleted);
        Assert.False(admission.IsCompleted);

        Assert.True(gate.Open());
        await message;
        Assert.True((await admission).IsGranted);
    }
}

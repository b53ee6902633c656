using Slimta.Standalone;
using Tsavorite.core;

namespace Slimta.EndToEnd;

public sealed class RoomReuseTests
{
    [Fact]
    public void A_checkpoint_that_begins_without_a_pause_fails()
    {
        var reuse = new RoomReuse();
        var begins = new SystemState { Phase = Phase.PREPARE };
        Assert.Throws<InvalidOperationException>(() => reuse.BeforeEnteringState(begins));

        reuse.Pause();
        reuse.BeforeEnteringState(begins);
        reuse.BeforeEnteringState(new SystemState { Phase = Phase.REST });
        Assert.Throws<InvalidOperationException>(() => reuse.BeforeEnteringState(begins));
    }
}

using Slimta.Standalone;
using Tsavorite.core;

namespace Slimta.EndToEnd;

public sealed class CheckpointPreparationTests
{
    [Fact]
    public void A_checkpoint_that_begins_unprepared_fails()
    {
        var preparation = new CheckpointPreparation();
        var begins = new SystemState { Phase = Phase.PREPARE };
        Assert.Throws<InvalidOperationException>(() => preparation.BeforeEnteringState(begins));

        preparation.Prepare();
        preparation.BeforeEnteringState(begins);
        preparation.BeforeEnteringState(new SystemState { Phase = Phase.REST });
        Assert.Throws<InvalidOperationException>(() => preparation.BeforeEnteringState(begins));
    }
}

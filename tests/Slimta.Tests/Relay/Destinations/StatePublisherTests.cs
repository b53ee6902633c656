using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Slimta.Relay;
using Slimta.Storage;

namespace Slimta.Tests.Relay;

/// <summary>When a relay tells of its destinations.</summary>
public sealed class StatePublisherTests
{
    private const string Place = "smtp.b.test:25";

    private readonly SeenTime _time = new();

    [Fact]
    public async Task What_a_short_delivery_changed_is_told_at_the_next_look_though_nothing_is_under_way_and_what_did_not_change_is_not()
    {
        var (options, told) = (new RelayOptions(), new Told());
        var failing = new FailingDestinations(options, _time);
        using var lanes = new LaneSet(options, _time);
        using var publisher = new StatePublisher(new LaneStates(lanes, failing, options, new("relay.test", "relay-1"), _time), _time, NullLogger<StatePublisher>.Instance, told);
        await publisher.StartAsync(default);
        Assert.Empty((await told.NextAsync()).Destinations);

        // Nothing has changed for two looks.
        await LookAsync();
        await LookAsync();
        failing.Note(Place, [new(new Recipient("b@b.test"), DeliveryOutcome.Transient) { Problem = "not now" }]);
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal((Place, "not now"), Assert.Single((await told.NextAsync()).Destinations) is var one ? (one.Place, one.Problem) : default);

        await LookAsync();
        failing.Note(Place, [new(new Recipient("b@b.test"), DeliveryOutcome.Delivered)]);
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Empty((await told.NextAsync()).Destinations);
        await publisher.StopAsync(default);
    }

    /// <summary>Lets the relay look once more, and end that.</summary>
    private async Task LookAsync()
    {
        var looks = _time.Looks;
        _time.Advance(TimeSpan.FromSeconds(3));
        while (_time.Looks == looks)
            await Task.Yield();
    }

    /// <summary>A look takes the time once.</summary>
    private sealed class SeenTime : FakeTimeProvider
    {
        private int _looks;

        public int Looks => Volatile.Read(ref _looks);

        public override DateTimeOffset GetUtcNow()
        {
            Interlocked.Increment(ref _looks);
            return base.GetUtcNow();
        }
    }

    private sealed class Told : IRelayStates
    {
        private readonly Channel<RelayState> _states = Channel.CreateUnbounded<RelayState>();

        public Task PublishAsync(RelayState state, TimeSpan lifetime, CancellationToken cancellationToken = default) => _states.Writer.WriteAsync(state, cancellationToken).AsTask();

        public Task<IReadOnlyList<RelayState>> ReadAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException("It only publishes.");

        public ValueTask<RelayState> NextAsync() => _states.Reader.ReadAsync();
    }
}

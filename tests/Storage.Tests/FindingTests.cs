using Microsoft.Extensions.Time.Testing;
using Slimta.Storage.Redis;

namespace Slimta.Storage.Tests;

/// <summary>How much a call for messages looks through.</summary>
public sealed class FindingTests
{
    [Fact]
    public void A_call_ends_after_a_moment_but_not_before_it_has_looked_at_some_thousands()
    {
        var time = new FakeTimeProvider();
        var began = time.GetTimestamp();
        Assert.True(MessageFinder.GoesOn(14_999, began, time));
        Assert.False(MessageFinder.GoesOn(15_000, began, time));
        time.Advance(TimeSpan.FromMilliseconds(150));
        Assert.True(MessageFinder.GoesOn(4999, began, time));
        Assert.False(MessageFinder.GoesOn(5000, began, time));
    }
}

using Slimta.Mailbox;

namespace Slimta.Tests.Mailbox;

public sealed class GreylistTests
{
    [Fact]
    public void It_forgets_the_oldest_so_that_it_does_not_grow()
    {
        var greylist = new Greylist(most: 2);
        Assert.True(greylist.IsFirst("a b"));
        Assert.False(greylist.IsFirst("A B"));
        Assert.True(greylist.IsFirst("c d"));
        Assert.False(greylist.IsFirst("a b"));
        Assert.True(greylist.IsFirst("e f"));
        Assert.True(greylist.IsFirst("a b"));
        Assert.False(greylist.IsFirst("e f"));
    }
}

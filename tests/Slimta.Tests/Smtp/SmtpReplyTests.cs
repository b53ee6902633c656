using Slimta.Smtp;

namespace Slimta.Tests.Smtp;

public sealed class SmtpReplyTests
{
    [Fact]
    public void A_reply_of_several_lines_is_logged_on_one() =>
        Assert.Equal("550 5.7.1 No relaying here", new SmtpReply(550, "5.7.1", "No relaying\nhere").ToString());
}

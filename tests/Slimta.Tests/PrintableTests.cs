using System.Text;
using Slimta.Smtp;
using Slimta.Smtp.Client;

namespace Slimta.Tests;

public sealed class PrintableTests
{
    [Theory]
    [InlineData("plain text, as it came")]
    [InlineData("Größe, 受信, सरल\u200d")]
    [InlineData("\U0001F600")]
    [InlineData("")]
    public void What_may_be_shown_stays_as_it_is(string text) => Assert.Same(text, Printable.Text(text));

    [Theory]
    [InlineData("a\r\nb", "a??b")]
    [InlineData("a\tb\0", "a?b?")]
    [InlineData("\u007f\u0080\u0085\u009b31m\u009f", "????31m?")]
    [InlineData("\u202eevil\u2066\u200e\ufeff", "?evil???")]
    [InlineData("a\u2028b\u2029", "a?b?")]
    public void What_may_not_is_a_question_mark(string text, string shown) => Assert.Equal(shown, Printable.Text(text));

    /// <summary>Their text goes into log lines, records and reports.</summary>
    [Fact]
    public void Why_an_attempt_failed_is_printable_whatever_it_quotes()
    {
        Assert.Equal("no ?[2J (connecting)", new SmtpSessionException(SmtpStage.Connect, "no \u001b[2J (connecting)").Message);
        Assert.Equal("?evil", new RoutingFailure("5.1.2", "\u202eevil").Problem);
        var end = AttemptEnd.Hold("delivery threw: a\r\nb");
        Assert.Equal("delivery threw: a??b", end.Plan.HoldReason);
        Assert.Equal("delivery threw: a??b", end.Settlement!.Reason);
    }

    [Fact]
    public void Half_a_character_is_none()
    {
        Assert.Equal("a?", Printable.Text("a" + (char)0xD83D));
        Assert.Equal("?b", Printable.Text((char)0xDE00 + "b"));
        Assert.Equal("????", Printable.Text(new string([(char)0xDE00, (char)0xD83D, (char)0xD83D, (char)0xDE00])[..2] + new string((char)0xD83D, 2)));
    }

    [Fact]
    public void For_every_text_one_line_of_the_same_length_comes_back()
    {
        var random = new Random(17);
        for (var i = 0; i < 2000; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(40)).Select(_ => (char)random.Next(random.Next(2) == 0 ? 256 : 65536))]);
            var shown = Printable.Text(text);
            Assert.Equal(text.Length, shown.Length);
            Assert.DoesNotContain(shown.EnumerateRunes(), rune => Rune.IsControl(rune) || rune.Value is 0xFFFD && !text.Contains('\ufffd', StringComparison.Ordinal));
            Assert.Same(shown, Printable.Text(shown));
        }
    }
}

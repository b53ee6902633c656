using System.Text;
using Slimta.Storage.Redis;

namespace Slimta.Storage.Tests;

public class AttemptFormatTests
{
    /// <summary>A record may be damaged, or another's: the last index that there can be has none after it.</summary>
    [Theory]
    [InlineData("2147483647", new[] { int.MaxValue })]
    [InlineData("2147483646-2147483647,1", new[] { 1, int.MaxValue - 1, int.MaxValue })]
    public void A_range_ends_with_its_last_index(string recipients, int[] indexes)
    {
        var record = AttemptFormat.Read(Encoding.UTF8.GetBytes(
            $$"""{"started":"2026-11-26T00:00:00Z","duration":"00:00:01","worker":"w","outcomes":[{"outcome":"Delivered","recipients":"{{recipients}}"}]}"""));
        Assert.Equal(indexes, record.Recipients.Select(recipient => recipient.Index));
    }

    /// <summary>Earlier versions wrote none; a damaged record may have a null among them.</summary>
    [Theory]
    [InlineData("", new string[0])]
    [InlineData(""","newIds":["0-a","0-b"]""", new[] { "0-a", "0-b" })]
    [InlineData(""","newIds":[null,"0-b"]""", new[] { "0-b" })]
    public void A_record_names_the_messages_that_were_written_with_it(string member, string[] ids)
    {
        var record = AttemptFormat.Read(Encoding.UTF8.GetBytes($$"""{"started":"2026-11-26T00:00:00Z","duration":"00:00:01","worker":"w"{{member}}}"""));
        Assert.Equal(ids, record.NewIds);
        Assert.Equal(ids, AttemptFormat.Read(AttemptFormat.Write(record)).NewIds);
    }
}

using Microsoft.Extensions.Options;

namespace Slimta.Tests.Edge;

public sealed class SettingsTests
{
    [Theory]
    [InlineData("Edge:Hostnam", "mx.test", "Section Edge has no such setting: 'Hostnam'. It has: Hostname,")]
    [InlineData("Edge:Smtp:Limits:MaxMessageByte", "1", "Section Edge:Smtp:Limits has no such setting: 'MaxMessageByte'. It has: ")]
    [InlineData("Edge:Relay:Domains", "a.test", "Edge:Relay:Domains has one value; it must have keys below it, such as Edge:Relay:Domains:0")]
    [InlineData("Edge:MaxReceived", "5", "Edge:MaxReceived must be from 10 to 1000; the default is 100.")]
    [InlineData("Edge:MaxReceived", "few", "'Edge:MaxReceived' is 'few': Edge:MaxReceived must be from 10 to 1000; the default is 100.")]
    [InlineData("Edge:Smtp:BareLineFeed", "Keep", "Edge:Smtp:BareLineFeed must be Normalize or Reject; the default is Normalize.")]
    [InlineData("Edge:Smtp:Enabled", "yes", "'Edge:Smtp:Enabled' is 'yes': it must be true or false.")]
    [InlineData("Edge:Smtp:Limits:MaxRecipients", "0", "Edge:Smtp:Limits:MaxRecipients must be from")]
    public async Task A_wrong_setting_stops_the_start_and_is_named_with_what_is_allowed(string key, string value, string problem)
    {
        var wrong = await Assert.ThrowsAsync<OptionsValidationException>(() => EdgeHost.StartAsync("127.0.0.1:1,connectTimeout=100", new() { [key] = value }));
        Assert.Contains(problem, Assert.Single(wrong.Failures), StringComparison.Ordinal);
    }
}

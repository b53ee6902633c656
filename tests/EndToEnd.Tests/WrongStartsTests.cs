using System.Net;
using System.Net.Sockets;

namespace Slimta.EndToEnd;

/// <summary>What cannot start says why in one line, without a stack trace.</summary>
public sealed class WrongStartsTests
{
    [Theory]
    [InlineData("'edgy' is no role", "edgy")]
    [InlineData("--Smtp:Port is no setting", "--Smtp:Port", "25")]
    [InlineData("--urls has no value", "--urls")]
    [InlineData("Section Edge has no such setting: 'Prot'", "--Edge:Prot", "25")]
    [InlineData("Section Edge:Smtp has no such setting: 'Prot'. It has: Enabled, Address, Port,", "--Edge:Smtp:Prot", "25")]
    [InlineData("Section Garnet has no such setting: 'Foldr'. It has: Folder, Password,", "--Garnet:Foldr", "x")]
    [InlineData("'Edge:Smtp:Port' is 'many': Edge:Smtp:Port must be from 0 to 65535; the default is 2525.", "--Edge:Smtp:Port", "many")]
    [InlineData("'Garnet:AcceptLoss' is 'perhaps': it must be true or false.", "--Garnet:AcceptLoss", "perhaps")]
    [InlineData("Port must be from 0 to 65535", "--Edge:Smtp:Port", "70000")]
    [InlineData("set ConnectionStrings__redis", "relay")]
    public async Task A_wrong_option(string says, params string[] arguments) => await SaysAsync(says, arguments);

    [Theory]
    [InlineData("--Edge:Smtp:Port", "--Edge:Smtp:Port", "{0}")]
    [InlineData("--Mailbox:Port", "--Mailbox:Port", "{0}", "--Edge:Smtp:Port", "0")]
    [InlineData("--urls", "--urls", "http://127.0.0.1:{0}", "--Edge:Smtp:Port", "0", "--Mailbox:Port", "0")]
    public async Task A_port_that_is_taken(string says, params string[] arguments)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var folder = Directory.CreateTempSubdirectory("slimta-standalone-");
        try
        {
            var port = ((IPEndPoint)taken.LocalEndpoint).Port;
            await SaysAsync(says, [.. arguments.Select(argument => argument.Replace("{0}", $"{port}", StringComparison.Ordinal)), "--Garnet:Folder", folder.FullName]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task SaysAsync(string says, string[] arguments)
    {
        var (code, output, error) = await StandaloneProcess.RunAsync(arguments);
        Assert.Equal(1, code);
        Assert.Contains(says, Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.False(output.Contains("   at ", StringComparison.Ordinal), output);
    }
}

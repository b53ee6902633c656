using System.Net;
using System.Net.Sockets;
using System.Text;
using Slimta.Storage.Tests.Support;

namespace Slimta.EndToEnd;

/// <summary>A queue in its own process. What it refuses leaves it as it was, so one serves them all.</summary>
public sealed class QueueAlone : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slimta-queue-");
    private StandaloneProcess? _queue;

    public int Port { get; } = RedisProcess.FreePort();

    public async Task InitializeAsync() => _queue = await StandaloneProcess.StartAsync(
        "queue", new() { ["Garnet:Folder"] = _folder.FullName, ["Garnet:Port"] = $"{Port}", ["urls"] = "http://127.0.0.1:0" });

    public async Task DisposeAsync()
    {
        if (_queue is not null)
            await _queue.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}

/// <summary>What the embedded queue answers on its port to programs that lack the password.</summary>
public sealed class RefusedCommandsTests(QueueAlone queue) : IClassFixture<QueueAlone>
{
    [Theory]
    [InlineData("PING")]
    [InlineData("INFO")]
    [InlineData("SET a 1")]
    [InlineData("GET a")]
    [InlineData("FLUSHALL")]
    [InlineData("CONFIG GET *")]
    [InlineData("EVAL return(1) 0")]
    [InlineData("COMMITAOF")]
    [InlineData("SAVE")]
    [InlineData("SHUTDOWN")]
    [InlineData("SUBSCRIBE a")]
    [InlineData("CLIENT LIST")]
    [InlineData("ACL SETUSER default on nopass ~* +@all")]
    [InlineData("AUTH wrong-password-of-somebody")]
    [InlineData("AUTH default wrong-password-of-somebody")]
    [InlineData("HELLO 3 AUTH default wrong-password-of-somebody")]
    public async Task A_command_without_the_password_is_refused(string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, queue.Port);
        var words = command.Split(' ');
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"*{words.Length}\r\n" + string.Concat(words.Select(word => $"${word.Length}\r\n{word}\r\n"))));
        using var reader = new StreamReader(client.GetStream());
        Assert.StartsWith("-", await reader.ReadLineAsync() ?? "- closed", StringComparison.Ordinal);
    }
}

using System.Net.Http.Headers;
using System.Text;
using Slimta.Storage.Redis;
using Slimta.Storage.Tests.Support;
using StackExchange.Redis;

namespace Slimta.EndToEnd;

/// <summary>The embedded queue's port: it is open to every program of the machine, web pages among them, and obeys none that lacks the password.</summary>
public sealed class QueuePortTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slimta-queue-");
    private readonly int _port = RedisProcess.FreePort();

    public void Dispose() => _folder.Delete(recursive: true);

    private string PasswordFile => Path.Combine(_folder.FullName, "password");

    private Task<StandaloneProcess> StartAsync(string role, Dictionary<string, string>? environment = null) => StandaloneProcess.StartAsync(
        role, new() { ["Garnet:Folder"] = _folder.FullName, ["Garnet:Port"] = $"{_port}", ["urls"] = "http://127.0.0.1:0" }, environment);

    [Theory]
    [InlineData("queue")]
    [InlineData("")]
    public async Task A_form_post_with_commands_in_its_body_executes_nothing(string role)
    {
        await using var queue = await StartAsync(role);
        var keys = await KeysAsync();
        // A relay tells that it runs: once it has, nothing else comes.
        while (role.Length == 0 && !keys.Exists(key => key.EndsWith(":relay:standalone", StringComparison.Ordinal)))
            keys = await KeysAsync();
        var commands = new StringBuilder();
        string[][] tried = [["SET", "stolen", "1"], ["EVAL", "redis.call('SET', KEYS[1], '1')", "1", "stolen"], ["MULTI"], ["SET", "stolen", "1"], ["EXEC"], ["FLUSHALL"], ["SHUTDOWN"]];
        foreach (var words in tried)
            commands.Append($"*{words.Length}\r\n").AppendJoin("", words.Select(word => $"${word.Length}\r\n{word}\r\n"));
        commands.Append("SET stolen 1\r\nFLUSHALL\r\n");
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        // As a browser sends it: a form of type text/plain has any body.
        using var body = new StringContent(commands.ToString(), new MediaTypeHeaderValue("text/plain"));
        await Assert.ThrowsAnyAsync<Exception>(() => client.PostAsync($"http://127.0.0.1:{_port}/", body));

        Assert.DoesNotContain("stolen", await KeysAsync());
        Assert.Equal(keys, await KeysAsync());
    }

    [Fact]
    public async Task The_other_roles_read_the_password_from_its_file_and_it_is_printed_nowhere()
    {
        await using var queue = await StartAsync("queue");
        var shared = new Dictionary<string, string>
        {
            ["ConnectionStrings:redis"] = $"127.0.0.1:{_port},passwordFile={PasswordFile}",
            ["Relay:Smarthost"] = "127.0.0.1:1",
            ["Logging:LogLevel:Default"] = "Debug",
            ["Logging:LogLevel:Garnet"] = "Trace",
        };
        await using var edge = await StandaloneProcess.StartAsync("edge", shared);
        await edge.SendAsync("by an edge");
        await using var client = await QueueClient.StartAsync(shared["ConnectionStrings:redis"], "slimta:");
        await client.HoldsAsync(1);

        var password = (await File.ReadAllTextAsync(PasswordFile)).Trim();
        Assert.Equal(64, password.Length);
        Assert.DoesNotContain(password, queue.Said + edge.Said + await edge.Http.GetStringAsync("/status"), StringComparison.Ordinal);
        foreach (var file in _folder.EnumerateFiles("*", SearchOption.AllDirectories).Where(file => file.Name is not ("password" or "lock")))
            Assert.Equal(-1, (await BytesAsync(file.FullName)).AsSpan().IndexOf(Encoding.ASCII.GetBytes(password)));
        if (OperatingSystem.IsLinux())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(PasswordFile));
    }

    [Fact]
    public async Task An_edge_that_is_there_before_its_queue_reads_the_password_when_there_is_one()
    {
        await using var edge = StandaloneProcess.Begin("edge", new() { ["ConnectionStrings:redis"] = $"127.0.0.1:{_port},passwordFile={PasswordFile}" });
        await edge.SaysAsync("The file of the queue's password cannot be read");
        await using var queue = await StartAsync("queue");
        await edge.Ready;
        await edge.SendAsync("late");
    }

    [Fact]
    public async Task A_password_of_the_users_own_counts_and_stays_out_of_the_folder()
    {
        const string Own = "the-one-that-was-configured";
        await using var queue = await StartAsync("queue", new() { ["Garnet__Password"] = Own });
        await using var edge = await StandaloneProcess.StartAsync("edge", environment: new() { ["ConnectionStrings__redis"] = $"127.0.0.1:{_port},password={Own}" });
        await edge.SendAsync("with it");
        Assert.False(File.Exists(PasswordFile));
        Assert.DoesNotContain(Own, queue.Said + edge.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_that_is_too_short_is_refused_without_being_shown()
    {
        var (code, _, error) = await StandaloneProcess.RunAsync("queue", "--Garnet:Password", "short-secret", "--Garnet:Folder", _folder.FullName);
        Assert.Equal(1, code);
        Assert.Contains("Garnet:Password must have 16 to 512 characters", error, StringComparison.Ordinal);
        Assert.DoesNotContain("short-secret", error, StringComparison.Ordinal);
    }

    /// <summary>Garnet may list a key twice that is just being written.</summary>
    private async Task<List<string>> KeysAsync()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(QueueConnection.Parse($"127.0.0.1:{_port},allowAdmin=true,passwordFile={PasswordFile}"));
        return [.. ((string[])(await connection.GetDatabase().ExecuteAsync("KEYS", "*"))!).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    private static async Task<byte[]> BytesAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        await file.ReadExactlyAsync(bytes);
        return bytes;
    }
}

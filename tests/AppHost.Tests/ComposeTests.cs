namespace AppHost.Tests;

public sealed class ComposeTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slimta-compose-").FullName;

    [Fact]
    public async Task The_compose_file_has_what_a_mail_queue_needs_and_no_secret()
    {
        await Publishing.RunAsync("--operation", "publish", "--step", "publish", "--output-path", _directory, "--compose", "true");

        var compose = await File.ReadAllTextAsync(Path.Combine(_directory, "docker-compose.yaml"));
        Assert.Contains("--appendonly yes --appendfsync always --maxmemory-policy noeviction --auto-aof-rewrite-min-size 512mb", compose, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:2525:2525", compose, StringComparison.Ordinal);
        Assert.Contains("replicas: 2", compose, StringComparison.Ordinal);
        Assert.Contains("restart: \"unless-stopped\"", compose, StringComparison.Ordinal);
        Assert.DoesNotContain("smtp.example.com", compose, StringComparison.Ordinal);

        var names = await File.ReadAllLinesAsync(Path.Combine(_directory, ".env"));
        Assert.Contains("SMARTHOST=", names);
        Assert.Contains("REDIS_PASSWORD=", names);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Slimta.Storage.Redis;
using Slimta.Storage.Tests.Support;
using StackExchange.Redis;

namespace Slimta.Storage.Tests;

/// <summary>Users whose rights are limited: what they need, and what they are told.</summary>
public sealed class AccessRightsTests : PatientTests
{
    [Theory]
    [InlineData("slimta:")]
    [InlineData("tenant-7:")]
    public async Task The_acl_of_the_docs_is_enough_for_everything_and_grants_nothing_beside_the_prefix(string prefix)
    {
        await using var redis = await RedisProcess.StartAsync();
        await SmallestAcl.GrantAsync(redis, SmallestAcl.Text.Replace("slimta:", prefix, StringComparison.Ordinal));
        using var host = await QueueHost.StartAsync(redis.ConnectionString + SmallestAcl.Login, prefix);
        var storage = host.Services.GetRequiredService<RedisStorage>();

        await UseEverythingAsync(storage);

        Assert.Equal(HealthStatus.Healthy, (await QueueHost.HealthAsync(host)).Status);
        Assert.Equal("0 element(s)", await redis.CommandAsync("ACL", "LOG"));
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString + SmallestAcl.Login + ",allowAdmin=true");
        await Assert.ThrowsAsync<RedisServerException>(() => connection.GetDatabase().StringGetAsync("other"));
        await Assert.ThrowsAsync<RedisServerException>(() => connection.GetDatabase().ExecuteAsync("FLUSHALL"));
    }

    [Fact]
    public async Task Without_rights_on_channels_the_queue_is_polled_and_health_says_so()
    {
        await using var redis = await RedisProcess.StartAsync();
        await SmallestAcl.GrantAsync(redis, "ACL SETUSER slimta on >secret ~* +@all resetchannels");
        using var host = await QueueHost.StartAsync(redis.ConnectionString + SmallestAcl.Login);
        var storage = host.Services.GetRequiredService<RedisStorage>();

        await UseEverythingAsync(storage);

        var health = await QueueHost.HealthAsync(host);
        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.Contains("slimta:wake", health.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_right_is_told_with_all_that_is_needed()
    {
        await using var redis = await RedisProcess.StartAsync();
        await SmallestAcl.GrantAsync(redis, SmallestAcl.Text + " -evalsha");
        await using var storage = new RedisStorage(ConfigurationOptions.Parse(redis.ConnectionString + SmallestAcl.Login), new QueueOptions { BodyConnections = 1 });

        var denied = await Assert.ThrowsAsync<QueueAccessException>(() => storage.WriteAsync(Mail.ToThree()));

        foreach (var named in new[] { "EVALSHA", "INFO", "CONFIG GET", "wake", "docs/reference/redis.md" })
            Assert.Contains(named, denied.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_told_as_such()
    {
        var folder = Directory.CreateTempSubdirectory("slimta-tls-");
        var (certificate, key) = (Path.Combine(folder.FullName, "c.pem"), Path.Combine(folder.FullName, "k.pem"));
        using (var rsa = System.Security.Cryptography.RSA.Create(2048))
        {
            using var signed = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=redis.test", rsa,
                System.Security.Cryptography.HashAlgorithmName.SHA256, System.Security.Cryptography.RSASignaturePadding.Pkcs1)
                .CreateSelfSigned(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
            await File.WriteAllTextAsync(certificate, signed.ExportCertificatePem());
            await File.WriteAllTextAsync(key, rsa.ExportPkcs8PrivateKeyPem());
        }
        var tls = RedisProcess.FreePort();
        await using var redis = await RedisProcess.StartAsync(
            "--tls-port", $"{tls}", "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate, "--tls-auth-clients", "no");
        await using var storage = new RedisStorage(ConfigurationOptions.Parse($"127.0.0.1:{tls},ssl=true"), new QueueOptions { BodyConnections = 1 });

        var denied = await Assert.ThrowsAsync<QueueAccessException>(() => storage.WriteAsync(Mail.ToThree()));

        Assert.Contains("certificate", denied.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("password", denied.Message, StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_process_takes_as_many_connections_as_the_docs_say()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var storage = new RedisStorage(ConfigurationOptions.Parse(redis.ConnectionString + ",name=counted"), new QueueOptions { BodyConnections = 2 });
        await storage.WriteAsync(Mail.ToThree());
        await foreach (var _ in storage.WaitAsync(1, Soon))
            break;

        var clients = await redis.CommandAsync("CLIENT", "LIST");

        Assert.Equal(3 + 2, clients.Split("name=counted").Length - 1);
    }

    /// <summary>What edge, relay and operator do.</summary>
    private async Task UseEverythingAsync(RedisStorage storage)
    {
        var small = await storage.WriteAsync(Mail.ToThree(), options: new WriteOptions { IdempotencyKey = "k" });
        Assert.Equal(small, await storage.WriteAsync(Mail.ToThree(), options: new WriteOptions { IdempotencyKey = "k" }));
        var large = await storage.WriteAsync(Mail.ToThree() with { Content = Mail.Bytes(600_000) });
        await using (var dropped = storage.BeginWrite())
            await dropped.WriteAsync(new byte[600_000]);
        var settled = 0;
        await foreach (var entry in storage.WaitAsync(3, Soon))
        {
            await storage.SetRecipientsDeliveredAsync(entry.Id, [0], entry.Lease, Soon);
            await entry.SettleAsync(Settlement.Retry(TimeSpan.FromHours(1)) with
            {
                Attempt = Mail.Attempt(),
                Note = "state",
                NewMessages = settled == 0 ? [new NewMessage(Mail.To("sender@example.com"), TimeSpan.FromHours(1))] : [],
            });
            if (++settled == 2)
                break;
        }
        await storage.HoldAsync(small, "to look at");
        await foreach (var listing in storage.BrowseAsync(cancellationToken: Soon))
            Assert.NotNull(listing.Message);
        var (found, cursor) = (0, (string?)null);
        do
        {
            var page = await storage.FindAsync(new MessageFilter(), 1, cursor, Soon);
            (found, cursor) = (found + page.Messages.Count, page.Cursor);
        }
        while (cursor is not null);
        Assert.Equal(3, found);
        Assert.True((await storage.OverviewAsync(cancellationToken: Soon)).IsComplete);
        await storage.OrderAsync(new MessageFilter { Id = large }, OperatorOrder.Bounce("no"), dryRun: false, cancellationToken: Soon);
        await storage.OrderAsync(large, OperatorOrder.Reschedule(TimeProvider.System.GetUtcNow().AddHours(1)), Soon);
        var job = await storage.Jobs.StartAsync(new() { Id = small }, OperatorOrder.Release(), "ann", Soon);
        await using (var run = (await storage.Jobs.TakeAsync(Soon))!)
        {
            await run.StepAsync(Soon);
            Assert.Equal(1, run.Job.Done);
            await run.EndAsync(Soon);
        }
        await storage.Jobs.FindAsync(job.Id, Soon);
        Assert.Single(await storage.Jobs.ListAsync(Soon));
        Assert.Equal(2, await storage.RetryAllNowAsync(Soon));
        Assert.Equal(600_000, (await (await storage.GetAsync(large)).Envelope.Content.ToArrayAsync(Soon)).Length);
        await storage.InspectAsync(large, Soon);
        await storage.SweepAsync(Soon);
        await storage.CountAsync(Soon);
        await storage.RemoveAsync(small, cancellationToken: Soon);
        await foreach (var entry in storage.WaitAsync(2, Soon))
        {
            await storage.RemoveAsync(entry.Id, entry.Lease, Soon);
            if (entry.Id == large)
                break;
        }
    }
}

using System.Text.Json.Nodes;

namespace AppHost.Tests;

public sealed class ManifestTests(Manifest manifest) : IClassFixture<Manifest>
{
    private static readonly string[] KnownToAzd = ["project.v0", "container.v0", "parameter.v0", "value.v0", "annotated.string"];

    [Fact]
    public void Published_Redis_syncs_every_write_in_the_shells_one_argument()
    {
        var arguments = manifest.Resources["queue"]!["args"]!.AsArray().Select(argument => argument!.GetValue<string>()).ToArray();

        Assert.Equal(2, arguments.Length);
        Assert.Equal("-c", arguments[0]);
        Assert.StartsWith("redis-server --requirepass $REDIS_PASSWORD ", arguments[1], StringComparison.Ordinal);
        Assert.EndsWith(" --save \"\" --appendonly yes --appendfsync always --maxmemory-policy noeviction --auto-aof-rewrite-min-size 512mb", arguments[1], StringComparison.Ordinal);
    }

    /// <summary>A tag can be moved to other content. The release is that of deploy/compose.yaml.</summary>
    [Fact]
    public async Task Published_Redis_is_named_by_its_digest()
    {
        var image = Text(manifest.Resources["queue"], "image")!;

        Assert.Matches("^docker.io/library/redis@sha256:[0-9a-f]{64}$", image);
        Assert.Contains(image["docker.io/library/".Length..], await File.ReadAllTextAsync(Path.GetFullPath("../deploy/compose.yaml", Projects.AppHost.ProjectPath)), StringComparison.Ordinal);
    }

    [Fact]
    public void Published_Redis_keeps_its_data_on_a_volume()
    {
        var volume = Assert.Single(manifest.Resources["queue"]!["volumes"]!.AsArray());

        Assert.Equal("/data", Text(volume, "target"));
        Assert.False(volume!["readOnly"]!.GetValue<bool>());
    }

    [Fact]
    public void The_published_edge_listens_for_smtp_inside_the_environment()
    {
        var edge = manifest.Resources["edge"]!;
        var smtp = edge["bindings"]!["smtp"]!;

        Assert.Equal("tcp", Text(smtp, "scheme"));
        Assert.Equal("tcp", Text(smtp, "transport"));
        Assert.Equal(2525, smtp["targetPort"]!.GetValue<int>());
        Assert.Null(smtp["external"]);
        Assert.Equal("{edge.bindings.smtp.targetPort}", Text(edge["env"], "Edge__Smtp__Port"));
        Assert.Equal("{queue.connectionString}", Text(edge["env"], "ConnectionStrings__redis"));
    }

    [Fact]
    public void The_published_edge_wants_a_key_of_everybody_and_believes_no_forwarded_address()
    {
        var settings = manifest.Resources["edge"]!["env"];

        Assert.Equal("false", Text(settings, "Edge__Http__TrustLoopback"));
        Assert.Null(settings!["ASPNETCORE_FORWARDEDHEADERS_ENABLED"]);
    }

    [Theory]
    [InlineData("smarthost")]
    [InlineData("queue-password")]
    public void What_is_secret_is_a_parameter_that_says_so(string name)
    {
        var parameter = manifest.Resources[name]!;

        Assert.Equal("parameter.v0", Text(parameter, "type"));
        Assert.True(parameter["inputs"]!["value"]!["secret"]!.GetValue<bool>());
    }

    [Fact]
    public void The_published_relay_delivers_to_the_smarthost_and_the_mailbox_stays_at_home()
    {
        Assert.Equal("{smarthost.value}", Text(manifest.Resources["relay"]!["env"], "Relay__Smarthost"));
        Assert.Equal(["edge", "queue", "relay"], manifest.Resources
            .Where(resource => Text(resource.Value, "type") is "project.v0" or "container.v0").Select(resource => resource.Key).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("edge")]
    [InlineData("relay")]
    public void No_published_host_asks_a_dead_collector_again_and_again(string name) =>
        Assert.Null(manifest.Resources[name]!["env"]!["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"]);

    [Fact]
    public void The_published_Redis_is_a_redis_on_its_port()
    {
        var binding = manifest.Resources["queue"]!["bindings"]!["tcp"]!;

        Assert.Equal("redis", Text(binding, "scheme"));
        Assert.Equal(6379, binding["targetPort"]!.GetValue<int>());
        Assert.StartsWith("{queue.bindings.tcp.host}:{queue.bindings.tcp.port},password={queue-password.value}", Text(manifest.Resources["queue"], "connectionString"), StringComparison.Ordinal);
    }

    /// <summary>azd refuses a manifest with any other (cli/azd/pkg/apphost/generate.go).</summary>
    [Fact]
    public void Every_resource_is_of_a_type_that_azd_knows() =>
        Assert.All(manifest.Resources, resource => Assert.Contains(Text(resource.Value, "type"), KnownToAzd));

    [Fact]
    public async Task A_Redis_of_ones_own_takes_the_place_of_the_container()
    {
        var resources = await manifest.PublishAsync("redis.example.com:6380,ssl=true");

        var redis = resources["redis"]!;
        Assert.Equal("parameter.v0", Text(redis, "type"));
        Assert.Equal("{redis.value}", Text(redis, "connectionString"));
        Assert.True(redis["inputs"]!["value"]!["secret"]!.GetValue<bool>());
        Assert.False(resources.ContainsKey("queue-password"));
        Assert.Equal("{redis.connectionString}", Text(resources["relay"]!["env"], "ConnectionStrings__redis"));
    }

    private static string? Text(JsonNode? node, string name) => node?[name]?.GetValue<string>();
}

using System.Text.Json.Nodes;

namespace AppHost.Tests;

/// <summary>The manifest that azd reads, written by the command that azd runs.</summary>
public sealed class Manifest : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slimta-manifest-").FullName;

    internal JsonObject Resources { get; private set; } = [];

    public async Task InitializeAsync()
    {
        Resources = await PublishAsync(redis: null);
    }

    internal async Task<JsonObject> PublishAsync(string? redis)
    {
        var file = Path.Combine(_directory, $"{Guid.NewGuid():N}.json");
        await Publishing.RunAsync(redis, ["--publisher", "manifest", "--output-path", file]);
        return JsonNode.Parse(await File.ReadAllTextAsync(file))!["resources"]!.AsObject();
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return Task.CompletedTask;
    }
}

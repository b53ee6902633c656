using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AppHost.Tests;

/// <summary>Settings of an AppHost that have another name now: each still works, and says so.</summary>
public sealed class OldNamesTests
{
    [Theory]
    [InlineData(new[] { "--Queue:Folder", "/old" }, "/old", "Warning: The setting Queue:Folder is called Garnet:Folder now. The old name works until version 0.3")]
    [InlineData(new[] { "--Queue:Folder", "/old", "--Garnet:Folder", "/new" }, "/new", "Warning: The setting Queue:Folder is called Garnet:Folder now. Both are set: Queue:Folder is passed over")]
    [InlineData(new[] { "--Garnet:Folder", "/new" }, "/new", null)]
    public async Task The_folder_of_the_embedded_Garnet(string[] arguments, string folder, string? warning)
    {
        var lines = new LogLines();
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Args = ["--Containers", "false", .. arguments], AssemblyName = nameof(AppHost), DisableDashboard = true });
        builder.AddMailQueue<Projects.Standalone>("queue");
        builder.Services.AddLogging(logging => logging.AddProvider(lines));
        await using var app = builder.Build();
        var model = app.Services.GetRequiredService<DistributedApplicationModel>();

        await builder.Eventing.PublishAsync(new BeforeStartEvent(app.Services, model));

        var garnet = Assert.Single(model.Resources.OfType<GarnetResource>());
        Assert.Equal(folder, (await ExecutionConfigurationBuilder.Create(garnet).WithEnvironmentVariablesConfig()
            .BuildAsync(new(DistributedApplicationOperation.Publish), NullLogger.Instance)).EnvironmentVariables.Single(variable => variable.Key == "Garnet__Folder").Value);
        Assert.Equal(warning, lines.Said.SingleOrDefault(line => line.Contains("Queue:Folder", StringComparison.Ordinal)));
    }
}

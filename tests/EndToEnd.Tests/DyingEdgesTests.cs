using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Slimta.Storage.Tests.Support;

namespace Slimta.EndToEnd;

/// <summary>Edges that are killed in the middle of an operator's job.</summary>
public sealed class DyingEdgesTests
{
    private const int Messages = 6000;

    [Fact]
    public async Task A_job_whose_edge_is_killed_is_finished_by_another_with_the_right_counts()
    {
        await using var redis = await RedisProcess.StartAsync();
        var shared = new Dictionary<string, string> { ["ConnectionStrings:redis"] = redis.ConnectionString, ["Storage:HeartbeatTimeout"] = "00:00:02" };
        await using var queue = await QueueClient.StartAsync(redis.ConnectionString, "slimta:");
        await queue.WriteAsync("b@b.test", Messages);
        await using var killed = await StandaloneProcess.StartAsync("edge", shared);
        using var started = await killed.Http.PostAsJsonAsync("/operator/jobs", new { action = "hold", reason = "storm", filter = new { domain = "b.test" } });
        var path = started.Headers.Location!.OriginalString;
        JsonNode job;
        do
            job = await AskAsync(killed, path);
        while ((int)job["examined"]! == 0);
        await killed.KillAsync();
        Assert.Equal("running", (string?)job["state"]);

        await using var other = await StandaloneProcess.StartAsync("edge", shared);
        await other.SaysAsync($"Job {job["id"]} continues in this process");
        await other.SaysAsync($"Job {job["id"]} of an operator on this machine is done: hold on domain=b.test \"storm\": {Messages} changed, 0 being delivered and left alone, 0 failed");
        job = await AskAsync(other, path);

        Assert.Equal(("done", Messages, 0, 0), ((string?)job["state"], (int)job["done"]!, (int)job["delivering"]!, (int)job["failed"]!));
        Assert.Equal(Messages, (await queue.Operator.CountAsync()).Held);
    }

    private static async Task<JsonNode> AskAsync(StandaloneProcess edge, string path) => (await edge.Http.GetFromJsonAsync<JsonNode>(path))!;
}

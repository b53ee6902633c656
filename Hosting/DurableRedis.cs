namespace Aspire.Hosting;

/// <summary>A Redis that has written every change to its disk before it answers: the edge's 250 relies on this.</summary>
public static class DurableRedis
{
    // Its file is written anew once it has 512 MB, not 64 MB: a queue's file grows while its data does not.
    private const string Settings = """--save "" --appendonly yes --appendfsync always --maxmemory-policy noeviction --auto-aof-rewrite-min-size 512mb""";

    /// <summary>The image for a developer's machine: <c>redis:8.6.4</c>.</summary>
    private const string Tag = "8.6.4";

    /// <summary>The same release as published, and in <c>deploy/compose.yaml</c>: a tag can be moved to other content.</summary>
    private const string Digest = "a051e4f48a5d0ceda6554974f3ad0f5369f4479197f36829332c1325cecad2b7";

    /// <summary>A volume and an append-only file that is synced at each write. A snapshot alone, and one that fails would stop all writes.</summary>
    public static IResourceBuilder<RedisResource> WithEveryWriteOnDisk(this IResourceBuilder<RedisResource> redis) =>
        (redis.ApplicationBuilder.ExecutionContext.IsPublishMode ? redis.WithImageSHA256(Digest) : redis.WithImageTag(Tag))
            .WithDataVolume().WithArgs(Add);

    // AddRedis hands its arguments to a shell: when run, joined at the last moment; when published, as one string already, and arguments after
    // that string would go to the shell, not to Redis.
    private static void Add(CommandLineArgsCallbackContext context)
    {
        if (context.ExecutionContext.IsPublishMode)
            context.Args[^1] = $"{context.Args[^1]} {Settings}";
        else
            foreach (var argument in Settings.Split(' '))
                context.Args.Add(argument);
    }
}

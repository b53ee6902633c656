namespace Aspire.Hosting;

/// <summary>A Redis that has written every change to its disk before it answers: what the edge's 250 relies on.</summary>
public static class DurableRedis
{
    // Its file is written anew once it has 512 MB, not 64 MB: a queue's file grows while what it holds does not.
    private const string Settings = """--save "" --appendonly yes --appendfsync always --maxmemory-policy noeviction --auto-aof-rewrite-min-size 512mb""";

    /// <summary>A volume and an append-only file that is synced at each write. A snapshot alone, and one that fails would stop all writes.</summary>
    public static IResourceBuilder<RedisResource> WithEveryWriteOnDisk(this IResourceBuilder<RedisResource> redis) =>
        redis.WithDataVolume().WithArgs(Add);

    // AddRedis hands its arguments to a shell: when run, joined at the last moment; when published, as one string already, and
    // what follows that string would be the shell's, not Redis's.
    private static void Add(CommandLineArgsCallbackContext context)
    {
        if (context.ExecutionContext.IsPublishMode)
            context.Args[^1] = $"{context.Args[^1]} {Settings}";
        else
            foreach (var argument in Settings.Split(' '))
                context.Args.Add(argument);
    }
}

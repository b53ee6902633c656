namespace Slimta.Storage.Tests.Support;

/// <summary>The rights that docs/reference/redis.md gives a user, as they stand there.</summary>
public static class SmallestAcl
{
    /// <summary>For the connection string of the user that it makes.</summary>
    public const string Login = ",user=slimta,password=secret";

    /// <summary>The command, its lines joined.</summary>
    public static string Text { get; } = Read();

    public static async Task GrantAsync(RedisProcess redis, string acl)
    {
        var words = acl.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        await redis.CommandAsync(words[0], words[1..]);
    }

    private static string Read()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "docs", "reference", "redis.md")))
            folder = folder.Parent!;
        var text = File.ReadAllText(Path.Combine(folder.FullName, "docs", "reference", "redis.md"));
        var start = text.IndexOf("ACL SETUSER slimta", StringComparison.Ordinal);
        return text[start..text.IndexOf("```", start, StringComparison.Ordinal)].Replace("\\\n", " ", StringComparison.Ordinal).ReplaceLineEndings(" ").Trim();
    }
}

using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>
/// A server-side script: a .lua file of Scripts, whose head is its contract. Before each stand reading.lua and the other parts that it shares.
/// </summary>
internal sealed class Script
{
    public static readonly Script Write = new("write", "time");
    public static readonly Script Claim = new("claim", "time", "leasing");
    public static readonly Script Suspect = new("suspect", "time", "leasing");
    public static readonly Script Renew = new("renew", "time", "leasing");
    public static readonly Script Settle = new("settle", "time", "history");
    public static readonly Script Remove = new("remove", "time", "history");
    public static readonly Script Stage = new("stage");
    public static readonly Script Unstage = new("unstage");
    public static readonly Script Count = new("count", "time");
    public static readonly Script Hasten = new("hasten", "time");
    public static readonly Script Enroll = new("enroll");
    public static readonly Script Sweep = new("sweep", "time");
    public static readonly Script Rule = new("rule");
    public static readonly Script Park = new("park");
    public static readonly Script Unpark = new("unpark", "time");
    public static readonly Script Publish = new("publish");
    public static readonly Script Job = new("job", "time");
    public static readonly Script Forget = new("forget");

    private readonly string _text;
    private readonly byte[] _hash;

    private Script(string name, params ReadOnlySpan<string> shared)
    {
        _text = string.Concat((string[])[Read("reading"), .. shared.ToArray().Select(Read), Read(name)]);
#pragma warning disable CA5350 // SHA-1 is how Redis names scripts; nothing is protected by it.
        _hash = SHA1.HashData(Encoding.ASCII.GetBytes(_text));
#pragma warning restore CA5350
        Name = name;
    }

    public static IReadOnlyList<Script> All => [Write, Claim, Suspect, Renew, Settle, Remove, Stage, Unstage, Count, Hasten, Enroll, Sweep, Rule, Park, Unpark, Publish, Job, Forget];

    public string Name { get; }

    /// <summary>The name by which the server knows it.</summary>
    public string Hash => Convert.ToHexStringLower(_hash);

    /// <summary>The text to send to a server that does not know the script yet.</summary>
    public string Text => _text;

    private static string Read(string name)
    {
        using var stream = typeof(Script).Assembly.GetManifestResourceStream($"{name}.lua")
            ?? throw new InvalidOperationException($"The script {name}.lua is not embedded in the assembly.");
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    /// <summary>Runs the script by its hash; the text is sent only to a server that does not know it (a new or restarted one).</summary>
    public async Task<RedisResult> RunAsync(IDatabaseAsync database, RedisKey[] keys, RedisValue[] arguments)
    {
        try
        {
            return await database.ScriptEvaluateAsync(_hash, keys, arguments);
        }
        catch (RedisServerException refused) when (refused.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // Not executed, so it can be sent again. Not by way of the client's own script cache, which a restart outdates.
            return await database.ScriptEvaluateAsync(_text, keys, arguments, CommandFlags.NoScriptCache);
        }
    }
}

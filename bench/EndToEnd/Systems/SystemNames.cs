namespace Slimta.EndToEnd.Bench.Systems;

/// <summary>As the tables have them, and as results are kept under.</summary>
internal static class SystemNames
{
    public const string Ceiling = "Ceiling: smtp-sink alone";
    public const string Postfix = "Postfix";
    public const string Always = "Edge and relay, fsync always";
    public const string EverySecond = "Edge and relay, fsync every second";
    public const string Untraced = "Edge and relay, fsync always, no tracing";
    public const string NoHistory = "Edge and relay, fsync always, no history";
    public const string Standalone = "Standalone on Garnet";
    public const string PythonSlimta = "python-slimta, RedisStorage, fsync always";
}

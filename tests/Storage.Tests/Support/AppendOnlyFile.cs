using System.Globalization;
using System.Text;
using StackExchange.Redis;

namespace Slimta.Storage.Tests.Support;

/// <summary>What a Redis wrote to its append-only file: every change that its scripts made, in order.</summary>
internal static class AppendOnlyFile
{
    private static readonly string[] Frames = ["SELECT", "MULTI", "EXEC"];
    private static readonly string Never = TimeProvider.System.GetUtcNow().AddDays(1).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);

    /// <summary>Each list is what one script, or one command beside scripts, changed.</summary>
    public static List<List<Change>> Read(string folder)
    {
        var bytes = File.ReadAllBytes(Directory.GetFiles(folder, "*.incr.aof", SearchOption.AllDirectories).Single());
        var (steps, within, at) = (new List<List<Change>>(), false, 0);
        while (at < bytes.Length)
        {
            var change = new Change(Words(bytes, ref at));
            if (change.Name is "MULTI" or "EXEC")
                within = change.Name == "MULTI";
            if (change.Name == "MULTI" || (!within && !Frames.Contains(change.Name)))
                steps.Add([]);
            if (!Frames.Contains(change.Name))
                steps[^1].AddRange(OneKeyEach(change));
        }
        return steps;
    }

    /// <summary>Garnet writes each key that goes as its own record.</summary>
    private static IEnumerable<Change> OneKeyEach(Change change) => change.Name is "UNLINK" or "DEL"
        ? change.Words.Skip(1).Select(key => new Change([change.Words[0], key]))
        : [change];

    private static byte[][] Words(byte[] bytes, ref int at)
    {
        var words = new byte[Number(bytes, ref at)][];
        for (var i = 0; i < words.Length; i++)
        {
            var length = Number(bytes, ref at);
            words[i] = bytes[at..(at + length)];
            at += length + 2;
        }
        return words;
    }

    /// <summary>A line such as *3 or $12.</summary>
    private static int Number(byte[] bytes, ref int at)
    {
        var end = Array.IndexOf(bytes, (byte)'\r', at);
        var number = int.Parse(bytes.AsSpan(at + 1, end - at - 1), CultureInfo.InvariantCulture);
        at = end + 2;
        return number;
    }

    internal sealed record Change(byte[][] Words)
    {
        public string Name { get; } = Encoding.ASCII.GetString(Words[0]).ToUpperInvariant();

        /// <summary>Makes it again. What it lets expire is left for the test to take away, however long the test takes.</summary>
        public Task AgainAsync(IDatabase database)
        {
            var arguments = Words.Skip(1).Select(word => (object)word).ToArray();
            for (var i = 1; i < arguments.Length; i++)
            {
                if ((Name == "PEXPIREAT" && i == 1) || (Name == "SET" && Encoding.ASCII.GetString(Words[i]) == "PXAT"))
                    arguments[i] = Encoding.ASCII.GetBytes(Never);
            }
            return database.ExecuteAsync(Name, arguments);
        }

        /// <summary>The command and the kind of its key.</summary>
        public override string ToString() => $"{Name} {string.Concat(Encoding.ASCII.GetString(Words[1]).Split('}')[1].TakeWhile(c => !char.IsDigit(c)))}";
    }
}

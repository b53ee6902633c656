namespace Slimta.Chaos.Network;

/// <summary>A command to the queue's server in the queue's words: write, claim, fetch, settle...</summary>
/// <param name="Ids">The messages that its arguments name; a claim's are in its reply.</param>
internal sealed record QueueCommand(long At, string Step, IReadOnlyList<string> Ids)
{
    /// <summary>A settlement's recipients that are done with.</summary>
    public string Marks { get; init; } = "";

    /// <summary>How many words of the reply each message has to itself; 0: it is one reply for all.</summary>
    public int WordsPerReply { get; init; }

    /// <summary>Not one of the steps that a message takes.</summary>
    public const string Other = "other";

    /// <summary>Its envelope is read, with its content if that is small.</summary>
    public const string Fetch = "fetch";

    /// <summary>What an operator changes, of whatever kind, as a chosen point names it.</summary>
    public const string Order = "order";
    private const string Operators = "operator ";

    /// <summary>As a chosen point names it.</summary>
    public string Instant => Step.StartsWith(Operators, StringComparison.Ordinal) ? Order : Step;

    /// <summary>The step of an order on one message.</summary>
    public static string StepOf(string action) => Operators + action;

    public static QueueCommand Of(IReadOnlyList<string> words)
    {
        var command = words.Count > 0 ? words[0].ToUpperInvariant() : "";
        return command switch
        {
            "EVALSHA" or "EVAL" when words.Count > 2 && Scripts.NameOf(words[0], words[1]) is { } name => Script(name, words),
            "HMGET" when words.Count > 1 && After(words[1], ":message:") is { } id => new(Clock.Now, Fetch, [id]),
            "HGET" when words.Count > 1 && After(words[1], ":content:") is { } id => new(Clock.Now, "fetch chunk", [id]),
            _ => new(Clock.Now, Other, []),
        };
    }

    private static QueueCommand Script(string name, IReadOnlyList<string> words)
    {
        // EVALSHA hash numkeys key... argument...
        var keys = int.Parse(words[2]);
        var arguments = words.Skip(3 + keys).ToList();
        return name switch
        {
            "settle" => Settle(arguments),
            // Several messages in one call: after what is for all, eight for each.
            "write" => new(Clock.Now, name, [.. arguments.Skip(4).Where((_, i) => i % 8 == 0)]) { WordsPerReply = 3 },
            "remove" => new(Clock.Now, name, [.. arguments.Skip(1).Where((_, i) => i % 6 == 0)]) { Marks = QueueCall.All, WordsPerReply = 2 },
            "stage" or "unstage" => new(Clock.Now, name, [arguments[0]]),
            "renew" => new(Clock.Now, name, [.. arguments.Skip(5).Where((_, i) => i % 2 == 0)]),
            // A claim of one message.
            "suspect" => new(Clock.Now, "claim", []),
            _ => new(Clock.Now, name, []),
        };
    }

    /// <summary>settle.lua: id, token, action, ... and from the eighteenth on six for each new message.</summary>
    private static QueueCommand Settle(List<string> arguments)
    {
        const int NewMessages = 17;
        const int PerMessage = 6;
        List<string> ids = [arguments[0]];
        for (var i = NewMessages; i < arguments.Count; i += PerMessage)
            ids.Add(arguments[i]);
        var step = (arguments[1], arguments[2]) switch
        {
            ("", var action) => StepOf(action),
            (_, _) when ids.Count > 1 => "bounce",
            (_, "keep") => "mark",
            (_, var action) => action,
        };
        return new(Clock.Now, step, ids) { Marks = arguments[2] == "remove" ? QueueCall.All : arguments[5] };
    }

    private static string? After(string key, string marker) =>
        key.IndexOf(marker, StringComparison.Ordinal) is var at and >= 0 ? key[(at + marker.Length)..] : null;
}

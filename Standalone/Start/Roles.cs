namespace Slimta.Standalone;

/// <summary>The roles of this process.</summary>
[Flags]
internal enum Roles
{
    None = 0,
    Edge = 1,
    Relay = 2,
    Mailbox = 4,

    /// <summary>The embedded Garnet on its own port, for other processes.</summary>
    Queue = 8,

    /// <summary>Without a role: the whole way of a message.</summary>
    All = Edge | Relay | Mailbox,
}

internal static class RolesOf
{
    /// <summary>Takes the role, if one is named, off the front of the arguments.</summary>
    /// <exception cref="StartException"/>
    public static Roles Take(ref ReadOnlySpan<string> arguments)
    {
        if (arguments.IsEmpty || arguments[0].StartsWith('-'))
            return Roles.All;
        var name = arguments[0];
        arguments = arguments[1..];
        return name switch
        {
            "edge" => Roles.Edge,
            "relay" => Roles.Relay,
            // "sink" is its name of before 0.2, until 0.3.
            "mailbox" or "sink" => Roles.Mailbox,
            "queue" => Roles.Queue,
            _ => throw new StartException($"'{name}' is no role: name edge, relay, mailbox or queue, or none for edge, relay and mailbox in one process."),
        };
    }
}

namespace Slimta.Standalone;

/// <summary>What this process does.</summary>
[Flags]
internal enum Roles
{
    None = 0,
    Edge = 1,
    Relay = 2,
    Sink = 4,

    /// <summary>The embedded Garnet on its own port, for other processes.</summary>
    Queue = 8,

    /// <summary>Without a role: the whole way of a message.</summary>
    All = Edge | Relay | Sink,
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
            "sink" => Roles.Sink,
            "queue" => Roles.Queue,
            _ => throw new StartException($"'{name}' is no role: it is edge, relay, sink or queue, or none for edge, relay and sink in one process."),
        };
    }
}

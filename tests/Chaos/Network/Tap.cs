namespace Slimta.Chaos.Network;

/// <summary>Looks at what passes over one connection, and may hold it while it does something else.</summary>
internal abstract class Tap
{
    /// <summary>Before bytes of the client go on.</summary>
    public abstract ValueTask<Passage> FromClientAsync(Sending sending);

    /// <summary>Before bytes of the server go on.</summary>
    public abstract ValueTask<Passage> FromServerAsync(Sending sending);

    /// <summary>Bytes of the server have been handed on.</summary>
    public virtual void Handed()
    {
    }

    /// <summary>The connection is over.</summary>
    public virtual void Ended()
    {
    }
}

/// <summary>Bytes on their way.</summary>
/// <param name="At">When they left who sent them; a link with a delay hands them on later.</param>
internal readonly record struct Sending(long At, ReadOnlyMemory<byte> Bytes);

/// <summary>What becomes of the bytes that a tap has looked at.</summary>
internal enum Passage
{
    /// <summary>They go on.</summary>
    Pass,

    /// <summary>The first half of them goes on; the rest is lost, and the connection with it.</summary>
    Half,

    /// <summary>They are lost, and the connection with them.</summary>
    Cut,
}

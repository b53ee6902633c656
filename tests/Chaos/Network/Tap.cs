namespace Slimta.Chaos.Network;

/// <summary>Looks at what passes over one connection, and may hold it while it does something else.</summary>
internal abstract class Tap
{
    /// <summary>Before bytes of the client go on.</summary>
    public abstract ValueTask<Passage> FromClientAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Before bytes of the server go on.</summary>
    public abstract ValueTask<Passage> FromServerAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Bytes of the server have been handed on.</summary>
    public virtual void Handed()
    {
    }

    /// <summary>The connection is over.</summary>
    public virtual void Ended()
    {
    }
}

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

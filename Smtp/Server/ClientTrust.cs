namespace Slimta.Smtp.Server;

/// <summary>How a client is judged.</summary>
public enum ClientTrust
{
    /// <summary>Held to the RFC.</summary>
    Stranger,

    /// <summary>May relay. It is our own, and is treated as Postfix would: all that can be understood is accepted.</summary>
    Trusted,
}

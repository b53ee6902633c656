namespace Slimta.Smtp.Server;

/// <summary>How a client is judged.</summary>
public enum ClientTrust
{
    /// <summary>Held to the RFC.</summary>
    Stranger,

    /// <summary>May relay. It is our own, and is taken as Postfix would take it: what can be understood is.</summary>
    Trusted,
}

namespace Slimta.Storage;

/// <summary>Why a message was taken from the client that handed it in: decided by what the client proved, never by what it said.</summary>
public enum TrustedAs
{
    /// <summary>Not recorded: a message stored before this was kept.</summary>
    Unknown,

    /// <summary>The recipients are open to all; nothing is known of the client.</summary>
    Stranger,

    /// <summary>Its address belongs to a network that may send to any recipient.</summary>
    Network,

    /// <summary>It logged in as the user <see cref="ClientInfo.AuthenticatedAs"/>.</summary>
    User,

    /// <summary>It showed the API key <see cref="ClientInfo.AuthenticatedAs"/>.</summary>
    ApiKey,

    /// <summary>The process made the message itself, such as a bounce.</summary>
    Local,
}

namespace Slimta.Smtp.Client;

/// <summary>Where in the conversation something happened. The order is that of the conversation.</summary>
internal enum SmtpStage
{
    Connect,
    Greeting,
    Hello,
    StartTls,
    Authenticate,
    Mail,
    Recipient,
    Data,
    Content,

    /// <summary>The final dot, or the last chunk, is on its way: from here on, silence means that the outcome is unknown.</summary>
    Final,
    Reset,
    Quit,
}

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

internal static class SmtpStages
{
    /// <summary>As a mail administrator says it: the command, where it is one.</summary>
    public static string Words(this SmtpStage stage) => stage switch
    {
        SmtpStage.Connect => "connecting",
        SmtpStage.Greeting => "greeting",
        SmtpStage.Hello => "EHLO",
        SmtpStage.StartTls => "STARTTLS",
        SmtpStage.Authenticate => "AUTH",
        SmtpStage.Mail => "MAIL",
        SmtpStage.Recipient => "RCPT",
        SmtpStage.Data => "DATA",
        SmtpStage.Content => "content",
        SmtpStage.Final => "end of content",
        SmtpStage.Reset => "RSET",
        SmtpStage.Quit => "QUIT",
        _ => throw new ArgumentOutOfRangeException(nameof(stage), stage, null),
    };
}

namespace Slimta.Smtp.Client;

/// <summary>The session cannot go on; the connection is useless.</summary>
/// <param name="stage">The stage in which it failed.</param>
/// <param name="problem">The problem, for the attempt record and the bounce.</param>
/// <param name="reply">The server's reply, if that is the cause.</param>
internal sealed class SmtpSessionException(SmtpStage stage, string problem, SmtpReply? reply = null, Exception? inner = null)
    // The message may quote the remote or its certificate, and is logged.
    : Exception(Printable.Text(problem), inner)
{
    public SmtpStage Stage { get; } = stage;
    public SmtpReply? Reply { get; } = reply;

    /// <summary>The server that was tried; null if none was found.</summary>
    public SmtpTarget? Target { get; set; }

    /// <summary>The enhanced status code (RFC 3463) where the stage does not say enough.</summary>
    public string? Status { get; init; }

    /// <summary>Our side gave up: the lease is lost or the relay stops.</summary>
    public bool Cancelled { get; init; }
}

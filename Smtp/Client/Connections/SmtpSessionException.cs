namespace Slimta.Smtp.Client;

/// <summary>The conversation cannot go on; the connection is of no more use.</summary>
/// <param name="stage">What was being done.</param>
/// <param name="problem">What went wrong, for the attempt record and the bounce.</param>
/// <param name="reply">What the server said, where it was that.</param>
internal sealed class SmtpSessionException(SmtpStage stage, string problem, SmtpReply? reply = null, Exception? inner = null)
    // It may quote the remote or what it showed, and is logged.
    : Exception(Printable.Text(problem), inner)
{
    public SmtpStage Stage { get; } = stage;
    public SmtpReply? Reply { get; } = reply;

    /// <summary>Whom it was tried with; null if no server was found.</summary>
    public SmtpTarget? Target { get; set; }

    /// <summary>The enhanced status code (RFC 3463) where the stage does not say enough.</summary>
    public string? Status { get; init; }

    /// <summary>Our side gave up: the lease is lost or the relay stops.</summary>
    public bool Cancelled { get; init; }
}

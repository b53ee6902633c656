namespace Slimta.Smtp.Server;

/// <summary>Where a session stands between two commands.</summary>
internal enum SmtpPhase
{
    /// <summary>Not greeted yet.</summary>
    Connected,

    /// <summary>Greeted, no transaction.</summary>
    Ready,

    /// <summary>MAIL was taken.</summary>
    Mail,

    /// <summary>At least one RCPT was taken.</summary>
    Recipients,

    /// <summary>A BDAT was taken that was not the last.</summary>
    Chunks,

    /// <summary>Said goodbye.</summary>
    Closed,
}

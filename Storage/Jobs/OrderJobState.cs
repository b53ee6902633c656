namespace Slimta.Storage;

public enum OrderJobState
{
    /// <summary>A process runs it, or the next free one will.</summary>
    Running,

    /// <summary>It went over all messages that match.</summary>
    Done,

    /// <summary>It was asked to stop, and has.</summary>
    Canceled,

    /// <summary>It cannot go on; <see cref="OrderJob.Problem"/> says why.</summary>
    Failed,
}

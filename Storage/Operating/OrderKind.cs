namespace Slimta.Storage;

public enum OrderKind
{
    Retry,
    Reschedule,
    Hold,
    Release,
    Bounce,
    Drop,
    Route,
}

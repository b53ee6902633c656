namespace Slimta.Storage;

public enum SettlementKind
{
    Remove,
    Retry,
    Hold,
}

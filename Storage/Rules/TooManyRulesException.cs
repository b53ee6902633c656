namespace Slimta.Storage;

/// <summary>The queue has the most rules that it may have.</summary>
public sealed class TooManyRulesException(int most) : QueueException($"The queue has {most} rules, the most that it may have. Nothing was changed. Remove some.");

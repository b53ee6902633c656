namespace Slimta.Storage;

/// <summary>The queue has as many rules as it may have.</summary>
public sealed class TooManyRulesException(int most) : QueueException($"There are {most} rules, as many as there may be. Remove some; nothing was changed.");

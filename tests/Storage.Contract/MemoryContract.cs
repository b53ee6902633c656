namespace Slimta.Storage.Tests;

/// <summary>A storage that is not ours keeps the contract.</summary>
public sealed class MemoryContract : QueueContract
{
    private readonly MemoryQueue _queue = new();

    protected override IQueueStorage NewQueue() => _queue;
}

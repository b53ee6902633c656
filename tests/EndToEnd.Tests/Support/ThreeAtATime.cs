// Each starts processes and waits for them: two cores are idle in between.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]

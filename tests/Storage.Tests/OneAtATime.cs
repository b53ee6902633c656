// The tests start servers, kill them and load both cores: two classes at once would only make each other slow.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

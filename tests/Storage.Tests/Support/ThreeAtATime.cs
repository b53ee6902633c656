using System.Reflection;
using Slimta.Storage.Tests.Support;

// Each starts processes and waits for them: two cores are idle in between.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]
[assembly: TestCollectionOrderer(LongestFirst.Name, "Storage.Tests")]
[assembly: AssemblyMetadata("Longest", "GarnetContract ClusterContract RedisContract ServerKillsTests ConcurrencyTests GarnetCheckpointTests")]

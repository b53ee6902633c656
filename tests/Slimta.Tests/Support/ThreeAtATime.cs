using System.Reflection;
using Slimta.Storage.Tests.Support;

// Fuzzing takes one of them for two minutes, and many others wait.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]
[assembly: TestCollectionOrderer(LongestFirst.Name, "Slimta.Tests")]
[assembly: AssemblyMetadata("Longest", "relay edge FuzzingTests")]

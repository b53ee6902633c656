using System.Reflection;
using Xunit.Abstractions;

namespace Slimta.Storage.Tests.Support;

/// <summary>
/// Begins with the collections that take longest, so that none of them runs alone at the end. An assembly names them, by their class or their
/// own name, in its metadata: <c>Longest</c>.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    public const string Name = "Slimta.Storage.Tests.Support.LongestFirst";

    private static readonly string[] Longest =
        [.. typeof(LongestFirst).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Where(data => data.Key == nameof(Longest)).SelectMany(data => data.Value!.Split(' '))];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => Array.FindIndex(Longest, name => IsNamed(collection.DisplayName, name)) is >= 0 and var place ? place : Longest.Length);

    /// <summary>A class's is "Test collection for Namespace.Class", which an id may follow.</summary>
    private static bool IsNamed(string collection, string name) =>
        Array.Exists(collection.Split(' '), word => word == name || word.EndsWith($".{name}", StringComparison.Ordinal));
}

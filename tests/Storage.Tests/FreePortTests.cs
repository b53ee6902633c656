using Slimta.Storage.Tests.Support;

namespace Slimta.Storage.Tests;

/// <summary>The ports that tests give to the servers they start.</summary>
public sealed class FreePortTests
{
    /// <summary>A process that is given a port listens on it a second later: a test beside it must not be given the same one.</summary>
    [Fact]
    public void No_port_is_given_twice()
    {
        var ports = Enumerable.Range(0, 1000).Select(_ => RedisProcess.FreePort()).ToList();

        Assert.Equal(ports.Count, ports.Distinct().Count());
    }
}

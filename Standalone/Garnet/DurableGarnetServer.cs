using System.Reflection;
using Garnet;
using Garnet.server;
using Microsoft.Extensions.Logging;
using Tsavorite.core;

namespace Slimta.Standalone;

/// <summary>Garnet's server, with what it leaves undone before a checkpoint and after a start.</summary>
internal sealed class DurableGarnetServer(GarnetServerOptions options, ILoggerFactory? logs) : GarnetServer(options, logs)
{
    /// <summary>The state of its log: on disk, and about to be.</summary>
    public TsavoriteLog Log => storeWrapper.appendOnlyFile.Log.SingleLog;

    /// <summary>Recovers the data, and then serves.</summary>
    /// <exception cref="MissingFieldException">This version of Garnet keeps its parts elsewhere.</exception>
    public new void Start()
    {
        var provider = Part<GarnetProvider>("Provider");
        provider.RecoverAsync().AsTask().GetAwaiter().GetResult();
        // A number that no write in the log has: after a checkpoint that did not end, Garnet takes up the one before, and a start that finds the next checkpoint
        // with a log that is not cut yet would do again what the log has of the higher one. The log grows by more with each checkpoint than the number does.
        storeWrapper.store.SetVersion(Math.Max(storeWrapper.store.CurrentVersion, Log.TailAddress));
        foreach (var server in Part<IGarnetServer[]>("servers"))
            server.Start();
        provider.Start();
    }

    /// <summary>Before the start.</summary>
    public void Attach(CheckpointPreparation preparation)
    {
        preparation.Attach(storeWrapper.store);
        storeWrapper.DefaultDatabase.StateMachineDriver.UnsafeRegisterCallback(preparation);
    }

    private T Part<T>(string name) =>
        (T?)typeof(GarnetServer).GetField(name, BindingFlags.Instance | BindingFlags.NonPublic)?.GetValue(this) ?? throw new MissingFieldException(nameof(GarnetServer), name);
}

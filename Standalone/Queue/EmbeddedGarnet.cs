using System.Net;
using Garnet;
using Garnet.common;
using Garnet.server;
using Garnet.server.Auth.Settings;
using Microsoft.Extensions.Logging;
using Tsavorite.core;

namespace Slimta.Standalone;

/// <summary>
/// A Garnet in this process, set up as a mail queue needs it: scripts are transactions, and what it acknowledged survives a crash
/// once the queue's barrier has passed. Its data stays in a folder that only this user reads, and it asks each client for a password.
/// </summary>
public sealed class EmbeddedGarnet : IDisposable
{
    private readonly string _folder;
    private readonly string _password;
    private readonly long _logBytes;
    private readonly ILoggerFactory? _logs;
    private readonly FileStream _lock;
    private Server _server;
    private CommitPulse _pulse;

    private EmbeddedGarnet(string folder, IPEndPoint endPoint, long logBytes, ILoggerFactory? logs, string password, FileStream folderLock)
    {
        (_folder, EndPoint, _logBytes, _logs, _password, _lock) = (folder, endPoint, logBytes, logs, password, folderLock);
        (_server, _pulse) = Open();
    }

    /// <summary>256 MiB: what a start reads in about a second.</summary>
    public const long DefaultLogBytes = 256L << 20;

    /// <summary>
    /// Each page of the log that is on its way holds a thread of the pool until the disk has it. With as few threads as processors a
    /// large message kept another client's PING waiting for 52 to 136 ms; with these, 6 to 19 ms. More of them cost time to wake.
    /// </summary>
    private const int WritingThreads = 2;

    public IPEndPoint EndPoint { get; }

    /// <summary>A StackExchange.Redis connection string, with the password.</summary>
    public string ConnectionString => $"{EndPoint},password={_password}";

    /// <summary>Starts it, with what the folder holds.</summary>
    /// <param name="folder">Made if it is not there. Nobody else may use it at the same time.</param>
    /// <param name="endPoint">Where to listen: loopback.</param>
    /// <param name="logBytes">The log on disk that a checkpoint cuts, in bytes; the power of two below counts.</param>
    /// <param name="password">Keeps other users of the machine out, and web pages. Null: the one in the folder's file, made up if there is none.</param>
    /// <exception cref="GarnetException">The data cannot be recovered, or the port is taken.</exception>
    /// <exception cref="IOException">The folder is in use, or cannot be written.</exception>
    public static EmbeddedGarnet Start(
        string folder, IPEndPoint endPoint, long logBytes = DefaultLogBytes, ILoggerFactory? logs = null, string? password = null)
    {
        PrivateFolder.Prepare(folder);
        // Two processes would each overwrite what the other acknowledged.
        var folderLock = new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        ThreadPool.GetMinThreads(out var threads, out var ports);
        ThreadPool.SetMinThreads(Math.Max(threads, Environment.ProcessorCount + WritingThreads), ports);
        try
        {
            return new EmbeddedGarnet(folder, endPoint, logBytes, logs, password ?? QueuePassword.In(folder), folderLock);
        }
        catch
        {
            folderLock.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Close();
        _lock.Dispose();
    }

    /// <summary>
    /// Starts it again with what is on disk, under the same address. A log that could not be written once, as the disk was full,
    /// cannot be written again before that.
    /// </summary>
    internal void Restart()
    {
        Close();
        (_server, _pulse) = Open();
    }

    /// <summary>Puts on disk what was acknowledged so far. False or an exception: it cannot.</summary>
    internal ValueTask<bool> CommitAsync(CancellationToken cancellationToken) => _server.Store.CommitAOFAsync(cancellationToken);

    internal StoreMemory Memory() => StoreMemory.Of(_server.Metrics.GetInfoMetrics(InfoMetricsType.STORE, 0));

    private void Close()
    {
        _pulse.Dispose();
        _server.Dispose(deleteDir: false);
    }

    private (Server Server, CommitPulse Pulse) Open()
    {
        var server = new Server(new GarnetServerOptions
        {
            EndPoints = [EndPoint],
            CheckpointDir = _folder,
            QuietMode = true,
            AuthSettings = new PasswordAuthenticationSettings(_password),

            // Without transactions eight consumers were handed 4,809 messages of 4,000.
            EnableLua = true,
            LuaTransactionMode = true,
            LuaOptions = new LuaOptions(),

            // The commit after each command would hold a script's locks; the queue's barrier commits for all who wait.
            EnableAOF = true,
            WaitForCommit = false,
            // Neither with each command (0) nor from time to time: the pulse does, and slows down when there is nothing to commit.
            CommitFrequencyMs = -1,
            // A checkpoint then bounds the file.
            AofSizeLimit = $"{_logBytes}",
            AofSizeLimitEnforceFrequencySecs = 1,
            // What a checkpoint has made superfluous is deleted by whole files of this size (Garnet's default is 1 GiB), at least a page.
            AofSegmentSize = $"{Math.Max(32L << 20, _logBytes / 4)}",
            Recover = true,
            FailOnRecoveryError = true,

            // Opens the log O_SYNC; the default device needs libaio and ends the process where it is missing.
            DeviceType = DeviceType.RandomAccess,
            DeviceFactoryCreator = new LocalStorageNamedDeviceFactoryCreator(deviceType: DeviceType.RandomAccess, disableFileBuffering: false),

            // Garnet evicts silently when this is full: far above what the queue's own limit lets in. Taken as it is used.
            LogMemorySize = "16g",
            IndexMemorySize = "16m",
            IndexMaxMemorySize = "1g",
            EnableStorageTier = false,

            // A removed record makes room for another, in memory and in checkpoints.
            UseRevivBinsPowerOf2 = true,
            RevivifiableFraction = 0.9,
        }, _logs);
        try
        {
            server.Start();
            var pulse = new CommitPulse(
                () => server.Log.TailAddress, server.Log.WaitUncommittedAsync, async stop => await server.Store.CommitAOFAsync(stop), TimeProvider.System);
            pulse.Start();
            return (server, pulse);
        }
        catch
        {
            server.Dispose(deleteDir: false);
            throw;
        }
    }

    private sealed class Server(GarnetServerOptions options, ILoggerFactory? logs) : GarnetServer(options, logs)
    {
        /// <summary>What is on disk of it, and what is about to be.</summary>
        public TsavoriteLog Log => storeWrapper.appendOnlyFile.Log.SingleLog;
    }
}

/// <summary>The memory of Garnet's store, in bytes.</summary>
/// <param name="Log">Records, with the room of removed ones that no other has taken yet.</param>
/// <param name="Heap">Content: it goes with its message.</param>
/// <param name="Limit">With a log as large as this, Garnet evicts.</param>
/// <param name="Evicted">What it has evicted.</param>
internal sealed record StoreMemory(long Log, long Heap, long Limit, long Evicted)
{
    public static StoreMemory Of(MetricsItem[] items)
    {
        var values = items.ToDictionary(item => item.Name, item => long.TryParse(item.Value, out var value) ? value : 0, StringComparer.Ordinal);
        var (begin, head, tail) = (values["Log.BeginAddress"], values["Log.HeadAddress"], values["Log.TailAddress"]);
        return new(tail - begin, values["Log.CurrentHeapSizeBytes"], values["Log.MaxMemorySizeBytes"], head - begin);
    }
}

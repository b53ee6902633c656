using System.Net;
using Garnet.common;
using Garnet.server;
using Garnet.server.Auth.Settings;
using Microsoft.Extensions.Logging;
using Tsavorite.core;

namespace Slimta.Standalone;

/// <summary>
/// A Garnet in this process, set up as a mail queue needs it: scripts are transactions, and acknowledged writes survive a crash once the
/// queue's barrier has passed. Its data stays in a folder that only this user reads, and it asks each client for a password.
/// </summary>
public sealed class EmbeddedGarnet : IDisposable
{
    private readonly string _folder;
    private readonly string _password;
    private readonly long _logBytes;
    private readonly ILoggerFactory? _logs;
    private readonly FileStream _lock;
    private readonly bool _acceptLoss;
    private Opened? _opened;

    private EmbeddedGarnet(string folder, IPEndPoint endPoint, long logBytes, ILoggerFactory? logs, string password, bool acceptLoss, FileStream folderLock)
    {
        (_folder, EndPoint, _logBytes, _logs, _password, _acceptLoss, _lock) = (folder, endPoint, logBytes, logs, password, acceptLoss, folderLock);
        _opened = Open();
    }

    /// <summary>256 MiB: what a start reads in about a second.</summary>
    public const long DefaultLogBytes = 256L << 20;

    /// <summary>
    /// Each page of the log that is on its way holds a thread of the pool until the disk has it. With as few threads as processors a
    /// large message kept another client's PING waiting for 52 to 136 ms; with these, 6 to 19 ms. More of them cost time to wake.
    /// </summary>
    private const int WritingThreads = 2;

    /// <summary>Garnet's default: no record of the log is longer.</summary>
    private const long PageBytes = 32L << 20;

    public IPEndPoint EndPoint { get; }

    /// <summary>A StackExchange.Redis connection string, with the password.</summary>
    public string ConnectionString => $"{EndPoint},password={_password}";

    /// <summary>Starts it, with the data in the folder.</summary>
    /// <param name="folder">Made if it is not there. No other process may use it at the same time.</param>
    /// <param name="endPoint">Where to listen: loopback.</param>
    /// <param name="logBytes">The log on disk that a checkpoint cuts, in bytes; the power of two below counts.</param>
    /// <param name="password">Keeps other users of the machine out, and web pages. Null: the one in the folder's file, generated if there is
    /// none.</param>
    /// <param name="acceptLoss">Goes on with the rest of damaged data; a copy of all of it is kept.</param>
    /// <exception cref="DamagedDataException">The data is damaged, and loss is not accepted.</exception>
    /// <exception cref="GarnetException">The data cannot be recovered, or the port is taken.</exception>
    /// <exception cref="IOException">The folder is in use, or cannot be written.</exception>
    public static EmbeddedGarnet Start(
        string folder, IPEndPoint endPoint, long logBytes = DefaultLogBytes, ILoggerFactory? logs = null, string? password = null, bool acceptLoss = false)
    {
        PrivateFolder.Prepare(folder);
        // Two processes would each overwrite what the other acknowledged.
        var folderLock = new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        ThreadPool.GetMinThreads(out var threads, out var ports);
        ThreadPool.SetMinThreads(Math.Max(threads, Environment.ProcessorCount + WritingThreads), ports);
        try
        {
            return new EmbeddedGarnet(folder, endPoint, logBytes, logs, password ?? QueuePassword.PathIn(folder), acceptLoss, folderLock);
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

    internal bool IsOpen => _opened is not null;

    /// <summary>The loss that was accepted; null if there was none.</summary>
    internal string? Loss { get; private set; }

    /// <summary>The log is on disk up to this address.</summary>
    internal long CommittedTail => Current.Server.Log.CommittedUntilAddress;

    /// <summary>The size of the log's files, in bytes.</summary>
    internal long Segment => Current.Segment;

    private Opened Current => _opened ?? throw new IOException("The queue is not open.");

    /// <summary>
    /// Starts it again with the data on disk, under the same address. A log that could not be written once, as the disk was full,
    /// cannot be written again before that. If the start fails, the queue is not open.
    /// </summary>
    internal void Restart()
    {
        Close();
        _opened = Open();
    }

    /// <exception cref="IOException">The next start would not find the data that is written now.</exception>
    internal void EnsureInPlace()
    {
        if (_opened is { } opened)
            opened.Witness.EnsureAllInPlace();
        else if (!Directory.Exists(_folder))
            throw new IOException($"{_folder} is not there, or cannot be read.");
    }

    internal void SyncWitness() => Current.Witness.Sync();

    /// <summary>The number of messages is known a moment after the start.</summary>
    internal void TellLeft(long? messages)
    {
        if (Loss is { } loss && messages is { } left && !loss.Contains(Left, StringComparison.Ordinal))
            Loss = $"{loss} {left}{Left}";
    }

    private const string Left = " messages were left.";

    /// <summary>Puts all acknowledged writes on disk. False or an exception: it cannot.</summary>
    internal ValueTask<bool> CommitAsync(CancellationToken cancellationToken) => Current.Server.Store.CommitAOFAsync(cancellationToken);

    internal StoreMemory Memory() => StoreMemory.Of(Current.Server.Metrics.GetInfoMetrics(InfoMetricsType.STORE, 0));

    private void Close() => Interlocked.Exchange(ref _opened, null)?.Dispose();

    /// <summary>Checks the data before Garnet opens it, and once more after Garnet has recovered it.</summary>
    private Opened Open()
    {
        var note = TailNote.Read(_folder);
        var segment = note?.Segment ?? Math.Max(PageBytes, _logBytes / 4);
        if (Inspection.Run(_folder, note) is { Count: > 0 } damage)
        {
            Lose(damage, note);
            Salvage.Run(_folder, damage, segment);
            TailNote.Forget(_folder);
            note = null;
        }
        var witness = new Witness(_folder, _lock.Name);
        Opened? opened = null;
        try
        {
            CheckpointPairs.KeepOne(_folder, witness);
            opened = new(Listen(witness, segment), witness, segment);
            if (opened.Server.Log.CommittedUntilAddress is var tail && tail < note?.Tail)
                Lose([new("AOF", $"has a log that ends at byte {tail}, and it reached {note.Tail}", tail)], note);
            opened.Pulse.Start();
            return opened;
        }
        catch
        {
            opened?.Dispose();
            witness.Dispose();
            throw;
        }
    }

    private void Lose(List<Damage> damage, TailNote? note)
    {
        const int Named = 3;
        var aside = Aside.Keep(_folder, damage, TimeProvider.System.GetUtcNow());
        var what = string.Join("; ", damage.Take(Named).Select(one => $"{one.File} {one.What}")) + (damage.Count > Named ? $"; and {damage.Count - Named} more" : "");
        var had = note is null ? "" : $" At {note.Time:yyyy-MM-dd HH:mm:ss}Z it held {(note.Messages is { } count ? $"{count} messages and " : "")}{note.Tail} bytes of log.";
        var text = $"The queue's data in {_folder} is damaged: {what}.{had} A copy of all of it is in {aside}.";
        if (!_acceptLoss)
            throw new DamagedDataException($"{text} Put back the original files, or set Garnet:AcceptLoss to true to go on with the rest.");
        Loss = $"{text} The queue went on with the rest, because Garnet:AcceptLoss is true.";
    }

    private DurableGarnetServer Listen(Witness witness, long segment)
    {
        var preparation = new CheckpointPreparation();
        var server = new DurableGarnetServer(new GarnetServerOptions
        {
            EndPoints = [EndPoint],
            CheckpointDir = _folder,
            QuietMode = true,
            AuthSettings = new PasswordAuthenticationSettings(_password),

            // Without transactions eight consumers were handed 4,809 messages of 4,000.
            EnableLua = true,
            LuaTransactionMode = true,
            LuaOptions = new LuaOptions(),

            // The commit after each command would hold a script's locks; the queue's barrier commits for all callers that wait.
            EnableAOF = true,
            WaitForCommit = false,
            // Neither with each command (0) nor from time to time: the pulse does, and slows down when there is nothing to commit.
            CommitFrequencyMs = -1,
            // A checkpoint then bounds the file.
            AofSizeLimit = $"{_logBytes}",
            AofSizeLimitEnforceFrequencySecs = 1,
            // After a checkpoint, the old log is deleted by whole files of this size (Garnet's default is 1 GiB), at least a page.
            AofSegmentSize = $"{segment}",
            AofPageSize = $"{PageBytes}",
            Recover = true,
            FailOnRecoveryError = true,

            DeviceType = DeviceType.RandomAccess,
            DeviceFactoryCreator = new WitnessedFiles(witness, preparation.Prepare),

            // Garnet evicts silently when this is full: far above the queue's own limit. Allocated as it is used.
            LogMemorySize = "16g",
            IndexMemorySize = "16m",
            IndexMaxMemorySize = "1g",
            EnableStorageTier = false,

            // A removed record makes room for another, in memory and in checkpoints.
            UseRevivBinsPowerOf2 = true,
            RevivifiableFraction = CheckpointPreparation.Fraction,
            // Each checkpoint with the index of its keys. By default it is written again only once the store has grown by 1 GiB, and a start looks for newer
            // keys only beyond that index: it lost those that had been put into the room of removed ones.
            FullCheckpointLogInterval = 0,
        }, _logs);
        try
        {
            server.Attach(preparation);
            server.Start();
            return server;
        }
        catch
        {
            server.Dispose(deleteDir: false);
            throw;
        }
    }

    /// <summary>A running Garnet with its files and its committer.</summary>
    private sealed class Opened(DurableGarnetServer server, Witness witness, long segment) : IDisposable
    {
        public DurableGarnetServer Server => server;
        public Witness Witness => witness;
        public long Segment => segment;

        public CommitPulse Pulse { get; } = new(
            () => server.Log.TailAddress, server.Log.WaitUncommittedAsync, async stop => await server.Store.CommitAOFAsync(stop), TimeProvider.System);

        public void Dispose()
        {
            Pulse.Dispose();
            server.Dispose(deleteDir: false);
            witness.Dispose();
        }
    }
}

/// <summary>The memory of Garnet's store, in bytes.</summary>
/// <param name="Log">Records, with the room of removed ones that no other has taken yet.</param>
/// <param name="Heap">Content: it goes with its message.</param>
/// <param name="Limit">With a log as large as this, Garnet evicts.</param>
/// <param name="Evicted">Bytes that Garnet has evicted.</param>
internal sealed record StoreMemory(long Log, long Heap, long Limit, long Evicted)
{
    public static StoreMemory Of(MetricsItem[] items)
    {
        var values = items.ToDictionary(item => item.Name, item => long.TryParse(item.Value, out var value) ? value : 0, StringComparer.Ordinal);
        var (begin, head, tail) = (values["Log.BeginAddress"], values["Log.HeadAddress"], values["Log.TailAddress"]);
        return new(tail - begin, values["Log.CurrentHeapSizeBytes"], values["Log.MaxMemorySizeBytes"], head - begin);
    }
}

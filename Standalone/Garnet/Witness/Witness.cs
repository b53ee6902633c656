using System.Collections.Concurrent;

namespace Slimta.Standalone;

/// <summary>
/// Records the writes to the queue's folder, and checks that it is still where it was: a folder that was moved or deleted goes on taking
/// writes by its open files, and a restart would not find them.
/// </summary>
internal sealed class Witness : IDisposable
{
    /// <summary>Sums that are kept until their file is gone, so that a crash in between leaves none without the other.</summary>
    public const string Gone = ".gone";

    private readonly ConcurrentDictionary<string, WitnessedFile> _files = new(StringComparer.Ordinal);
    private readonly string _folder;
    private readonly string _lock;
    private readonly FileIdentity _place;

    /// <param name="heldFile">Is in the folder as long as the folder is in its place.</param>
    public Witness(string folder, string heldFile)
    {
        (_folder, _lock, _place) = (folder, heldFile, FileIdentity.Of(heldFile));
        Boot = FileIdentity.Boot();
    }

    public Guid Boot { get; }

    public static string SumsOf(string folder) => Path.Combine(folder, "sums");

    /// <summary>The file's sums, which are made if there are none.</summary>
    /// <exception cref="IOException">The folder is away; a file made now would be in its place when it comes back.</exception>
    public WitnessedFile Of(string path) => _files.GetOrAdd(path, static (path, self) =>
    {
        self.EnsureInPlace();
        return new(path, new SectorSums(self.SumsPath(path)));
    }, this);

    /// <summary>The sums of a file, or of all in a folder, which is deleted until the result is disposed of.</summary>
    public IDisposable Forget(string path)
    {
        foreach (var (known, file) in _files)
        {
            if ((known == path || known.StartsWith(path + Path.DirectorySeparatorChar, StringComparison.Ordinal)) && _files.TryRemove(known, out _))
                file.Sums.Dispose();
        }
        var sums = SumsPath(path);
        List<string> all = Directory.Exists(sums) ? [.. Directory.EnumerateFiles(sums, "*", SearchOption.AllDirectories)] : File.Exists(sums) ? [sums] : [];
        foreach (var one in all)
            File.Move(one, one + Gone, overwrite: true);
        return new Forgotten(sums, all);
    }

    /// <exception cref="IOException">It is not.</exception>
    public void EnsureInPlace()
    {
        if (!_place.Is(_lock))
            throw new IOException($"{_folder} is not where it was, or cannot be read: it was moved, deleted or replaced.");
    }

    /// <exception cref="IOException"/>
    public void EnsureInPlace(WitnessedFile file)
    {
        EnsureInPlace();
        if (!file.IsInPlace())
            throw new IOException($"{file.Path} is not where it was: it was moved, deleted or replaced.");
    }

    /// <summary>All that was written so far.</summary>
    public void EnsureAllInPlace()
    {
        EnsureInPlace();
        foreach (var (path, file) in _files)
        {
            // One that is about to be made is not there yet, and one that Garnet has just deleted is in the list no more.
            if (file.WasSeen && !file.IsInPlace() && _files.TryGetValue(path, out var still) && still == file)
                throw new IOException($"{file.Path} is not where it was: it was moved, deleted or replaced.");
        }
    }

    public void Sync()
    {
        foreach (var (_, file) in _files)
        {
            try
            {
                file.Sums.Sync();
            }
            catch (ObjectDisposedException)
            {
                // Deleted meanwhile.
            }
        }
    }

    public void Dispose()
    {
        foreach (var (_, file) in _files)
        {
            using (file.Sums)
            {
                try
                {
                    file.Sums.Sync();
                }
                catch (IOException)
                {
                    // Only data on disk counts.
                }
            }
        }
        _files.Clear();
    }

    private string SumsPath(string path) => Path.Combine(SumsOf(_folder), Path.GetRelativePath(_folder, path));

    private sealed class Forgotten(string path, List<string> sums) : IDisposable
    {
        public void Dispose()
        {
            if (Directory.Exists(path))
                Directory.Delete(path, recursive: true);
            else
                sums.ForEach(one => File.Delete(one + Gone));
        }
    }
}

/// <summary>A file of Garnet's that is being written.</summary>
internal sealed class WitnessedFile(string path, SectorSums sums)
{
    private volatile FileIdentity? _identity;

    public string Path => path;
    public SectorSums Sums => sums;

    /// <summary>Something was written to it.</summary>
    public bool WasSeen => _identity is not null;

    /// <summary>Its identity after the first write counts: it has been opened by then.</summary>
    public bool IsInPlace()
    {
        if (_identity is { } identity)
            return identity.Is(path);
        if (!File.Exists(path))
            return false;
        _identity = FileIdentity.Of(path);
        return true;
    }
}

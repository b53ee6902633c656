using Tsavorite.core;

namespace Slimta.Standalone;

/// <summary>Makes Garnet's files, each with a witness.</summary>
/// <param name="beforeIndex">Called before a checkpoint begins to copy the index.</param>
/// <remarks>
/// <see cref="DeviceType.RandomAccess"/> opens the log O_SYNC; the default device needs libaio and ends the process where it is missing.
/// </remarks>
internal sealed class WitnessedFiles(Witness witness, Action beforeIndex) : INamedDeviceFactoryCreator
{
    /// <summary>As Garnet calls the folder of the copies.</summary>
    private const string Index = "index-checkpoints";

    private readonly LocalStorageNamedDeviceFactoryCreator _files = new(deviceType: DeviceType.RandomAccess, disableFileBuffering: false);

    public INamedDeviceFactory Create(string baseName) => new Folder(_files.Create(baseName), baseName, witness, beforeIndex);

    private sealed class Folder(INamedDeviceFactory files, string path, Witness witness, Action beforeIndex) : INamedDeviceFactory
    {
        public IDevice Get(FileDescriptor fileInfo)
        {
            // It would make the folder anew where it has been moved away.
            witness.EnsureInPlace();
            if (fileInfo.directoryName?.Contains(Index, StringComparison.Ordinal) == true && !Directory.Exists(Path.Combine(path, fileInfo.directoryName)))
                beforeIndex();
            return new WitnessedDevice(files.Get(fileInfo), witness);
        }

        public void Delete(FileDescriptor fileInfo)
        {
            witness.EnsureInPlace();
            using var forgotten = witness.Forget(fileInfo.fileName is null
                ? Path.Combine(path, fileInfo.directoryName)
                : Path.Combine(path, fileInfo.directoryName, fileInfo.fileName + ".0"));
            // Of a folder that is deleted in part, what is left must not look whole.
            if (fileInfo.fileName is null && Directory.Exists(Path.Combine(path, fileInfo.directoryName)))
                File.Delete(Path.Combine(path, fileInfo.directoryName, CheckpointPairs.Description));
            files.Delete(fileInfo);
        }

        public IEnumerable<FileDescriptor> ListContents(string path) => files.ListContents(path);

        public uint GetSectorSize(FileDescriptor fileInfo) => files.GetSectorSize(fileInfo);
    }
}

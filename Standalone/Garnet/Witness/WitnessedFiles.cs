using Tsavorite.core;

namespace Slimta.Standalone;

/// <summary>Makes Garnet's files, each with a witness.</summary>
/// <remarks>
/// <see cref="DeviceType.RandomAccess"/> opens the log O_SYNC; the default device needs libaio and ends the process where it is missing.
/// </remarks>
internal sealed class WitnessedFiles(Witness witness) : INamedDeviceFactoryCreator
{
    private readonly LocalStorageNamedDeviceFactoryCreator _files = new(deviceType: DeviceType.RandomAccess, disableFileBuffering: false);

    public INamedDeviceFactory Create(string baseName) => new Folder(_files.Create(baseName), baseName, witness);

    private sealed class Folder(INamedDeviceFactory files, string path, Witness witness) : INamedDeviceFactory
    {
        public IDevice Get(FileDescriptor fileInfo)
        {
            // It would make the folder anew where it has been moved away.
            witness.EnsureInPlace();
            return new WitnessedDevice(files.Get(fileInfo), witness);
        }

        public void Delete(FileDescriptor fileInfo)
        {
            witness.EnsureInPlace();
            using var forgotten = witness.Forget(fileInfo.fileName is null
                ? Path.Combine(path, fileInfo.directoryName)
                : Path.Combine(path, fileInfo.directoryName, fileInfo.fileName + ".0"));
            files.Delete(fileInfo);
        }

        public IEnumerable<FileDescriptor> ListContents(string path) => files.ListContents(path);

        public uint GetSectorSize(FileDescriptor fileInfo) => files.GetSectorSize(fileInfo);
    }
}

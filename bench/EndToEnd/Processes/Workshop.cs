using System.Net;
using System.Net.Sockets;

namespace Slimta.EndToEnd.Bench.Processes;

/// <summary>Where the run keeps queues and logs, and what it has started.</summary>
internal static class Workshop
{
    private static string _folder = "";

    public static void Open(string folder) => _folder = folder;

    public static string File(string name) => Path.Combine(_folder, name);

    /// <summary>An empty folder of that name.</summary>
    public static string Folder(string name)
    {
        var path = File(name);
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        return Directory.CreateDirectory(path).FullName;
    }

    /// <summary>run.sh kills what stands there if this process could not.</summary>
    public static void Note(int process) => System.IO.File.AppendAllText(File("pids"), $"{process}\n");

    /// <summary>Everything was ended in good order.</summary>
    public static void Forget() => System.IO.File.Delete(File("pids"));

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

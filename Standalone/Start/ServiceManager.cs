using System.Net.Sockets;

namespace Slimta.Standalone;

/// <summary>Tells systemd how far this process is (sd_notify), where it was started by a unit of Type=notify.</summary>
internal static class ServiceManager
{
    private const string Variable = "NOTIFY_SOCKET";

    public static void NotifyReady() => Send("READY=1"u8);

    public static void NotifyStopping() => Send("STOPPING=1"u8);

    private static void Send(ReadOnlySpan<byte> state)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } path)
            return;
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            // An @ stands for the zero byte of an abstract address.
            socket.Connect(new UnixDomainSocketEndPoint(path[0] == '@' ? '\0' + path[1..] : path));
            socket.Send(state);
        }
        catch (SocketException error)
        {
            Console.Error.WriteLine($"The service manager was not told ({Variable}={path}): {error.Message}");
        }
    }
}

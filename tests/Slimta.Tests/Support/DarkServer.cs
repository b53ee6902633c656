using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slimta.Tests.Relay;

/// <summary>Up to where a dark server answers.</summary>
public enum Darkness
{
    Accepts,
    DripsItsGreeting,
    Greets,
    OffersTls,
    SaysHello,
    TakesMail,
    TakesRecipient,
    TakesData,
    TakesContent,
}

/// <summary>A server at every address 127.0.0.0/8 that answers up to a stage and then keeps silent. Its sessions can be waited for.</summary>
internal sealed class DarkServer : IAsyncDisposable
{
    private static readonly string[] Answers = ["250 dark.test", "250 ok", "250 ok", "354 go"];

    private readonly TcpListener _listener = new(IPAddress.Any, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Darkness _darkness;
    private readonly SemaphoreSlim _silent = new(0);
    private readonly Task _run;
    private int _closed;

    public DarkServer(Darkness darkness)
    {
        _darkness = darkness;
        _listener.Start(4096);
        _run = RunAsync();
    }

    /// <summary>Sessions that the client has ended.</summary>
    public int Closed => Volatile.Read(ref _closed);

    public string AddressOf(int i) => $"127.1.{i / 250}.{1 + (i % 250)}:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Routes for so many domains d0.test, d1.test, ..., each at its own address.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Routes(int count) =>
        Enumerable.Range(0, count).Select(i => KeyValuePair.Create($"Relay:Routes:d{i}.test:NextHop", (string?)AddressOf(i)));

    /// <summary>Returns when so many sessions keep silent.</summary>
    public async Task SilentAsync(int sessions)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        for (var i = 0; i < sessions; i++)
            await _silent.WaitAsync(patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _silent.Dispose();
    }

    private async Task RunAsync()
    {
        while (true)
            _ = PlayAsync(await _listener.AcceptSocketAsync(_stop.Token));
    }

    private async Task PlayAsync(Socket socket)
    {
        using (socket)
        {
            var stream = new NetworkStream(socket);
            if (_darkness == Darkness.DripsItsGreeting)
                await stream.WriteAsync("2"u8.ToArray(), _stop.Token);
            if (_darkness >= Darkness.Greets)
                await stream.WriteAsync("220 dark.test\r\n"u8.ToArray(), _stop.Token);
            await ConverseAsync(stream);
            _silent.Release();
            while (await stream.ReadAsync(new byte[4096], _stop.Token) > 0)
            {
                // What it says does not matter.
            }
            Interlocked.Increment(ref _closed);
        }
    }

    private async Task ConverseAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.Latin1, leaveOpen: true);
        string[] answers = _darkness == Darkness.OffersTls
            ? ["250-dark.test\r\n250 STARTTLS", "220 go"]
            : [.. Answers.Take(_darkness - Darkness.OffersTls)];
        foreach (var answer in answers)
        {
            await reader.ReadLineAsync(_stop.Token);
            await stream.WriteAsync(Encoding.Latin1.GetBytes(answer + "\r\n"), _stop.Token);
        }
        if (_darkness != Darkness.TakesContent)
            return;
        while (await reader.ReadLineAsync(_stop.Token) is not ("." or null))
        {
            // Content.
        }
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;
using Slimta.Smtp.Server;

namespace Slimta.Tests.Smtp.Server;

/// <summary>On loopback, what one end has sent the other has got.</summary>
public sealed class SocketConnectionTests : IAsyncDisposable
{
    private readonly Socket _client;
    private readonly SocketConnection _connection;

    public SocketConnectionTests()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        _client.Connect(listener.LocalEndpoint);
        _connection = new SocketConnection(listener.AcceptSocket());
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        _client.Dispose();
    }

    [Fact]
    public async Task What_has_come_is_read_at_once()
    {
        await _client.SendAsync(new byte[30_000]);

        var read = await _connection.Input.ReadAsync();

        Assert.Equal(30_000, read.Buffer.Length);
        Assert.True(read.Buffer.IsSingleSegment);
    }

    [Fact]
    public async Task What_was_not_read_is_unread_wherever_it_is()
    {
        await using var wire = new SmtpWire(_connection, new SmtpTimeouts(), TimeProvider.System);
        Assert.False(wire.HasUnread());

        await _client.SendAsync("NOOP\r\n"u8.ToArray());

        Assert.True(wire.HasUnread());
        var read = await wire.ReadAsync(long.MaxValue);
        wire.AdvanceTo(read.Buffer.End);
        Assert.False(wire.HasUnread());
    }

    [Fact]
    public async Task The_last_reply_arrives_although_the_client_was_not_read_to_its_end()
    {
        await _client.SendAsync(new byte[30_000]);
        await _connection.Output.WriteAsync("554 no\r\n"u8.ToArray());

        await _connection.DisposeAsync();

        using var client = new NetworkStream(_client);
        using var reader = new StreamReader(client, Encoding.ASCII);
        Assert.Equal("554 no\r\n", await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task An_abort_ends_the_read_that_waits_and_the_connection_can_still_be_disposed()
    {
        var read = _connection.Input.ReadAsync();

        _connection.Abort();

        await Assert.ThrowsAnyAsync<IOException>(async () => await read);
        await _connection.DisposeAsync();
    }
}

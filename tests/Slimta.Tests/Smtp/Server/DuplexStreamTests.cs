using System.IO.Pipelines;
using Slimta.Smtp.Server;

namespace Slimta.Tests.Smtp.Server;

public class DuplexStreamTests
{
    private readonly Pipe _pipe = new();
    private readonly DuplexStream _stream;

    public DuplexStreamTests() => _stream = new(_pipe.Reader, new Pipe().Writer);

    [Fact]
    public async Task A_cancellation_that_came_too_late_for_its_read_does_not_end_the_next()
    {
        _pipe.Reader.CancelPendingRead();
        var read = _stream.ReadAsync(new byte[10]).AsTask();
        Assert.False(read.IsCompleted);
        await _pipe.Writer.WriteAsync("abc"u8.ToArray());
        Assert.Equal(3, await read);
    }

    [Fact]
    public async Task A_read_that_is_canceled_takes_nothing()
    {
        using var cancel = new CancellationTokenSource();
        var canceled = _stream.ReadAsync(new byte[10], cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => canceled);
        await _pipe.Writer.WriteAsync("abcde"u8.ToArray());
        var octets = new byte[3];
        Assert.Equal(0, await _stream.ReadAsync(Memory<byte>.Empty));
        Assert.Equal(3, await _stream.ReadAsync(octets));
        Assert.Equal("abc"u8, octets);
        Assert.Equal(2, await _stream.ReadAsync(octets));
        await _pipe.Writer.CompleteAsync();
        Assert.Equal(0, await _stream.ReadAsync(octets));
    }
}

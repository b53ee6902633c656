using System.IO.Pipelines;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;
using Slimta.Smtp.Server;

namespace Slimta.Tests.Smtp.Server;

/// <summary>
/// Plays bytes to a session and collects its replies. The pipe holds one write at a time, so the session sees exactly the pieces
/// that were written.
/// </summary>
internal static class Conversation
{
    public static SmtpServerOptions Options() => new() { Hostname = "mx.test" };

    /// <summary>Every way in which a script is split: whole, by line, byte by byte.</summary>
    public static IEnumerable<IEnumerable<byte[]>> Splits(byte[] bytes) => [[bytes], Lines(bytes), bytes.Select(b => new[] { b })];

    /// <summary>Plays a script of C: and S: lines in every split; what the server says must be the S: lines.</summary>
    public static async Task PlayAsync(string script, Func<Recorder> handler, Action<Recorder>? check = null, Func<SmtpServerOptions>? options = null)
    {
        var lines = script.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var input = string.Concat(lines.Where(line => line.StartsWith("C:", StringComparison.Ordinal)).Select(line => line[2..].TrimStart(' ') + "\r\n"));
        var expected = string.Concat(lines.Where(line => line.StartsWith("S:", StringComparison.Ordinal)).Select(line => line[3..] + "\r\n"));
        foreach (var split in Splits(Encoding.UTF8.GetBytes(input)))
        {
            var recorder = handler();
            Assert.Equal(expected, await PlayAsync(split, recorder, options?.Invoke() ?? Options()));
            Assert.Equal(0, recorder.Open);
            check?.Invoke(recorder);
        }
    }

    public static Task<string> PlayAsync(string bytes, SmtpHandler handler, SmtpServerOptions? options = null) =>
        PlayAsync([Encoding.Latin1.GetBytes(bytes)], handler, options ?? Options());

    public static async Task<string> PlayAsync(IEnumerable<byte[]> pieces, SmtpHandler handler, SmtpServerOptions options,
        TimeProvider? time = null, IPEndPoint? from = null, bool implicitTls = false)
    {
        var lockstep = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1, useSynchronizationContext: false));
        var replies = new Pipe(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
        await using var connection = new DefaultConnectionContext("test", new Duplex(lockstep.Reader, replies.Writer), new Duplex(replies.Reader, lockstep.Writer))
        {
            RemoteEndPoint = from ?? new IPEndPoint(IPAddress.Loopback, 12345),
        };
        // As a socket whose connection is aborted.
        connection.ConnectionClosed.Register(lockstep.Reader.CancelPendingRead);
        await using var session = new SmtpSession(connection, options, handler, NullLogger.Instance, time ?? TimeProvider.System);
        // A client that waits for the banner.
        var running = session.RunAsync(implicitTls, _ => null);
        foreach (var piece in pieces)
            if ((await lockstep.Writer.WriteAsync(piece)).IsCompleted)
                break;
        await lockstep.Writer.CompleteAsync();
        await running;
        var said = new StringBuilder();
        while (true)
        {
            var read = await replies.Reader.ReadAsync();
            said.Append(Encoding.Latin1.GetString(read.Buffer));
            replies.Reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return said.ToString();
        }
    }

    private static IEnumerable<byte[]> Lines(byte[] bytes)
    {
        for (var start = 0; start < bytes.Length;)
        {
            var end = Array.IndexOf(bytes, (byte)'\n', start) + 1;
            end = end == 0 ? bytes.Length : end;
            yield return bytes[start..end];
            start = end;
        }
    }

    internal sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}

using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;

namespace Slimta.Smtp.Client;

/// <summary>
/// A session with a server: the pipes, the clock of the current phase, and the facts known about the other side.
/// Used by one delivery at a time.
/// </summary>
internal sealed partial class SmtpConnection : IAsyncDisposable
{
    /// <summary>The size of one write: an envelope of a hundred recipients, a common message.</summary>
    private const int WriteBytes = 64 * 1024;

    private readonly Socket _socket;
    private readonly ClientSettings _settings;
    private readonly CancellationTokenSource _abort;
    private Stream _stream;
    private PipeWriter _output = null!;
    private PipeReader _input = null!;
    private ReplyReader _replies = null!;
    private bool _needsReset;
    private bool _broken;
    private bool _retired;
    private long _waitingSince;

    private SmtpConnection(SmtpTarget target, ClientSettings settings, Socket socket, CancellationTokenSource abort)
    {
        Target = target;
        _settings = settings;
        _socket = socket;
        _abort = abort;
        _stream = new NetworkStream(socket, ownsSocket: true);
        UsePipes();
    }

    public SmtpTarget Target { get; }

    /// <summary>Those of the last EHLO; those before STARTTLS are forgotten (RFC 3207 §4.2).</summary>
    public Capabilities Capabilities { get; private set; } = Capabilities.None;

    /// <summary>The protocol and whether the certificate verified; null in clear.</summary>
    public string? Tls { get; private set; }

    /// <summary>Transactions begun.</summary>
    public int Transactions { get; private set; }

    /// <summary>When it was last put aside, by <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long IdleSince { get; set; }

    /// <summary>Since when the other side has kept us waiting, by <see cref="TimeProvider.GetTimestamp"/>; 0 while it does not.</summary>
    public long WaitingSince => Volatile.Read(ref _waitingSince);

    /// <summary>Another transaction may follow.</summary>
    public bool IsReusable => !_broken && !_retired && !_abort.IsCancellationRequested;

    /// <summary>Only a goodbye follows, no transaction.</summary>
    public void Retire() => _retired = true;

    /// <summary>
    /// Nothing came while it was idle. A server that gave up closed the connection or said 421; either is something to read.
    /// </summary>
    public bool IsQuiet() => IsReusable && !_socket.Poll(0, SelectMode.SelectRead) && !_replies.HasUnread();

    /// <summary>Says goodbye, without waiting long for an answer.</summary>
    public async ValueTask QuitAsync()
    {
        try
        {
            if (!_broken && !_abort.IsCancellationRequested)
            {
                Write("QUIT\r\n");
                await RoundTripAsync(SmtpStage.Quit, _settings.Timeouts.Quit);
            }
        }
        catch (SmtpSessionException)
        {
            // Nothing depends on it.
        }
        await DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _broken = true;
        await _stream.DisposeAsync();
        _abort.Dispose();
    }

    private void UsePipes()
    {
        _input = PipeReader.Create(_stream, new StreamPipeReaderOptions(leaveOpen: true));
        _output = PipeWriter.Create(_stream, new StreamPipeWriterOptions(minimumBufferSize: WriteBytes, leaveOpen: true));
        _replies = new ReplyReader(_input);
    }

    private void Write(string text) => Encoding.UTF8.GetBytes(text, _output);

    private async ValueTask<SmtpReply> RoundTripAsync(SmtpStage stage, TimeSpan timeout)
    {
        await FlushAsync(stage, timeout);
        return await ReplyAsync(stage, timeout);
    }

    private ValueTask<FlushResult> FlushAsync(SmtpStage stage, TimeSpan timeout) =>
        GuardAsync(stage, timeout, this, static (self, token) => self._output.FlushAsync(token));

    /// <summary>The next reply, within the time of the phase, however slowly it drips.</summary>
    private async ValueTask<SmtpReply> ReplyAsync(SmtpStage stage, TimeSpan timeout)
    {
        var reply = await (stage switch
        {
            // The text of these replies decides the next step, so it is kept whole; a challenge has up to 12288 octets (RFC 4954 §4).
            SmtpStage.Hello => GuardAsync(stage, timeout, this, static (self, token) => self._replies.ReadAsync(ReplyReader.MaxReplyBytes, token)),
            SmtpStage.Authenticate => GuardAsync(stage, timeout, this, static (self, token) => self._replies.ReadAsync(12_288, token)),
            _ => GuardAsync(stage, timeout, this, static (self, token) => self._replies.ReadAsync(ReplyReader.KeptBytes, token)),
        });
        // "Service not available, closing transmission channel": it may come at any time, to any command (RFC 5321 §3.8).
        _broken |= reply.Code == 421;
        return reply;
    }

    /// <summary>Runs one step under the phase's clock; every failure comes out as <see cref="SmtpSessionException"/>.</summary>
    private async ValueTask<T> GuardAsync<TState, T>(
        SmtpStage stage, TimeSpan timeout, TState state, Func<TState, CancellationToken, ValueTask<T>> step)
    {
        try
        {
            var pending = step(state, _abort.Token);
            // A step whose bytes are there already, or go out at once, needs no clock.
            if (pending.IsCompletedSuccessfully)
                return pending.Result;
            _abort.CancelAfter(timeout);
            Volatile.Write(ref _waitingSince, _settings.Time.GetTimestamp());
            var result = await pending;
            Volatile.Write(ref _waitingSince, 0);
            _abort.CancelAfter(Timeout.InfiniteTimeSpan);
            return result;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException
            or InvalidDataException or System.Security.Authentication.AuthenticationException)
        {
            _broken = true;
            throw Explain(stage, timeout, e);
        }
    }

    private SmtpSessionException Explain(SmtpStage stage, TimeSpan timeout, Exception e) => e switch
    {
        OperationCanceledException when _cancelled => new(stage, $"The relay gave up ({stage.Words()}).", inner: e) { Cancelled = true },
        OperationCanceledException => new(stage, $"No answer within {timeout} ({stage.Words()}).", inner: e),
        EndOfStreamException => new(stage, $"The server closed the connection ({stage.Words()}).", inner: e),
        _ => new(stage, $"{e.Message} ({stage.Words()})", inner: e),
    };

    private bool _cancelled;

    /// <summary>Stops what is under way when <paramref name="cancellationToken"/> says so.</summary>
    private CancellationTokenRegistration AbortOn(CancellationToken cancellationToken) =>
        cancellationToken.UnsafeRegister(static self => ((SmtpConnection)self!).Cancel(), this);

    private void Cancel()
    {
        _cancelled = true;
        try
        {
            _abort.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Closed meanwhile: nothing is left to stop.
        }
    }
}

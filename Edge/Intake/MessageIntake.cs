using System.Buffers;
using Microsoft.Extensions.Options;
using Slimta.Storage;

namespace Slimta.Edge.Intake;

/// <summary>The services that every intake uses.</summary>
internal sealed class IntakeServices(
    IQueueStorage queue, IOptions<EdgeOptions> options, SenderPolicy senders, Withdrawals withdrawals, TimeProvider time, ILogger<MessageIntake> log)
{
    public IQueueStorage Queue => queue;
    /// <summary>For messages that are not whole.</summary>
    public ByteBudget Unfinished { get; } = new(options.Value.Smtp.Limits.MaxUnfinishedBytes);

    /// <summary>For JSON requests.</summary>
    public ByteBudget Bodies { get; } = new(options.Value.Http.MaxBytesInFlight);

    public EdgeOptions Options => options.Value;
    public SenderPolicy Senders => senders;
    public Withdrawals Withdrawals => withdrawals;
    public TimeProvider Time => time;
    public ILogger Log => log;
    public RefusalLog Refusals { get; } = new(time, log);
}

// 1 Accept
/// <summary>
/// One message's way into the queue, over any protocol: the header is held until it is whole, the edge's fields are prepended, and everything
/// else goes straight to the queue's writer.
/// </summary>
internal sealed class MessageIntake : IAsyncDisposable
{
    /// <summary>The header of most mail fits into it.</summary>
    private const int OwnBytes = 16 * 1024;

    /// <summary>Two chunks of 256 KiB: one fills while one is under way.</summary>
    private const int WriterBytes = 512 * 1024;

    private readonly IntakeServices _services;
    private Envelope _envelope;
    private readonly bool _isIdempotent;
    private readonly string? _tls;
    private MessageWriter? _message;
    private ArrayBufferWriter<byte>? _held;
    private HeaderScanner _header;
    private bool _headerDone;
    private long _taken;

    /// <param name="envelope">Without content; its client may use its sender and send to its recipients.</param>
    /// <param name="tls">For the comment in Received.</param>
    /// <exception cref="ArgumentException">The envelope does not say why the client's mail is taken.</exception>
    public MessageIntake(IntakeServices services, Envelope envelope, WriteOptions? options = null, string? tls = null)
    {
        if (envelope.Client.Trust == TrustedAs.Unknown)
            throw new ArgumentException("Set ClientInfo.Trust, for example to RelayPolicy.TrustOf: without it a stranger's mail would count as ours.", nameof(envelope));
        _services = services;
        _envelope = envelope;
        _isIdempotent = options?.IdempotencyKey is not null;
        _tls = tls;
        _message = services.Queue.BeginWrite(options);
        Id = _message.Id;
    }

    public string Id { get; }

    /// <summary>Bytes that the queue has, with what was prepended.</summary>
    public long Length { get; private set; }

    public HeaderScanner Header => _header;

    /// <summary>Takes the next bytes of the message; a result refuses it.</summary>
    public async ValueTask<SubmissionResult?> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            if (!TryHold(bytes.Length))
                return SubmissionOutcome.Busy;
            if (_headerDone)
                await PutAsync(bytes);
            else if (_held is null && _header.Scan(bytes.Span))
                return await EndHeaderAsync(bytes);
            else
                return await HoldAsync(bytes);
            return null;
        }
        catch (Exception e) when (e is QueueException or TimeoutException)
        {
            return Failed(e);
        }
    }

    /// <summary>The message is whole: writes it.</summary>
    /// <param name="fingerprint">Distinguishes it from others under the same idempotency key.</param>
    /// <returns>Queued with the id, once it is durable.</returns>
    public async Task<SubmissionResult> CompleteAsync(string? fingerprint = null)
    {
        if (!_headerDone && await EndWithinHeaderAsync() is { } refusal)
            return refusal;
        var write = _message!.CommitAsync(_envelope, fingerprint: fingerprint);
        try
        {
            var id = await write.WaitAsync(_services.Options.WriteTimeout, _services.Time);
            _services.Refusals.Accepted();
            return new(SubmissionOutcome.Queued, id) { IsReplay = id != Id };
        }
        catch (Exception e) when (e is QueueException or TimeoutException)
        {
            if (e is TimeoutException or QueueUnavailableException { OutcomeUnknown: true })
                Withdraw(write);
            return Failed(e);
        }
    }

    public ValueTask DisposeAsync()
    {
        _held = null;
        _services.Unfinished.GiveBack(Interlocked.Exchange(ref _taken, 0));
        return _message?.DisposeAsync() ?? default;
    }

    /// <summary>
    /// Counts the bytes that a message holds in memory until it is whole: its header, and the content that the queue's writer keeps. The first
    /// bytes of each message are free, so that clients that hold much keep out only each other.
    /// </summary>
    private bool TryHold(int more)
    {
        var holds = _headerDone ? Math.Min(Length + more, WriterBytes) : 2L * ((_held?.WrittenCount ?? 0) + more);
        var needs = Math.Max(0, holds - OwnBytes);
        if (needs > _taken)
        {
            var step = Math.Max(needs - _taken, OwnBytes);
            if (!_services.Unfinished.TryTake(step))
                return false;
            _taken += step;
        }
        return true;
    }

    private void Withdraw(Task<string> write)
    {
        _services.Withdrawals.Begin(Id, write, _message!, harmless: _isIdempotent);
        _message = null;
    }

    private async ValueTask<SubmissionResult?> HoldAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_held is null)
        {
            _held = new(Math.Max(2 * bytes.Length, 1024));
            _held.Write(bytes.Span);
        }
        else
        {
            _held.Write(bytes.Span);
            if (_header.Scan(_held.WrittenSpan))
                return await EndHeaderAsync(_held.WrittenMemory);
        }
        // One more may be the CR of the empty line.
        return _held.WrittenCount > _services.Options.MaxHeaderBytes + 1 ? SubmissionOutcome.HeaderTooLarge : null;
    }

    private async ValueTask<SubmissionResult?> EndHeaderAsync(ReadOnlyMemory<byte> start)
    {
        _headerDone = true;
        if (_header.Length > _services.Options.MaxHeaderBytes)
            return SubmissionOutcome.HeaderTooLarge;
        if (_header.Received >= _services.Options.MaxReceived)
            return SubmissionOutcome.Looping;
        if (_services.Senders.CheckHeader(_envelope.Client, start.Span[.._header.Length], EndsAt(start.Span[_header.Length..])) is { } refusal)
            return refusal;
        if (_services.Options.KeepSubject)
            NoteHeader(start.Span);
        await PutAsync(HeaderPolicies.Compose(_header, _envelope, Id, _tls));
        for (var i = 0; i < _header.MailboxLines; i++)
        {
            await PutAsync(HeaderPolicies.MailboxLine);
            var end = start.Span.IndexOf((byte)'\n') is var found and >= 0 ? found + 1 : start.Length;
            await PutAsync(start[..end]);
            start = start[end..];
        }
        await PutAsync(start);
        _held = null;
        return null;
    }

    /// <summary>For operators, who find the message by it.</summary>
    private void NoteHeader(ReadOnlySpan<byte> message) => _envelope = _envelope with
    {
        Subject = HeaderText.Subject(message[_header.Subject]),
        MessageId = _header.HasMessageId ? HeaderText.MessageId(message[_header.MessageId]) : HeaderPolicies.NewMessageId(_envelope, Id),
    };

    private static bool EndsAt(ReadOnlySpan<byte> rest) => rest.IsEmpty || rest.StartsWith("\r\n"u8);

    /// <summary>There was no body, nor an empty line before it.</summary>
    private async ValueTask<SubmissionResult?> EndWithinHeaderAsync()
    {
        var held = _held?.WrittenMemory ?? default;
        _header.End(held.Span);
        try
        {
            return await EndHeaderAsync(held);
        }
        catch (Exception e) when (e is QueueException or TimeoutException)
        {
            return Failed(e);
        }
    }

    private async ValueTask PutAsync(ReadOnlyMemory<byte> bytes)
    {
        Length += bytes.Length;
        var write = _message!.WriteAsync(bytes);
        if (write.IsCompletedSuccessfully)
            write.GetAwaiter().GetResult();
        else
            await write.AsTask().WaitAsync(_services.Options.WriteTimeout, _services.Time);
    }

    private SubmissionResult Failed(Exception error)
    {
        if (error is not QueueException failure)
        {
            _services.Refusals.Refused(Id, $"the write took longer than {_services.Options.WriteTimeout}");
            return SubmissionOutcome.Unavailable;
        }
        var result = SubmissionResult.Of(failure);
        if (result.Outcome is SubmissionOutcome.Unavailable or SubmissionOutcome.Misconfigured)
            _services.Refusals.Refused(Id, error.Message);
        return result;
    }
}

using Slimta.Storage;

namespace Slimta.Relay.Held;

/// <summary>
/// Ends messages that were held for too long with no operator's decision: the sender gets a report; where there is none to tell, the message
/// goes with a line in the log and a count. Each relay looks; the queue ensures that a message is ended once.
/// </summary>
/// <param name="operating">Null: a queue without one cannot say what it holds, and held messages do not end.</param>
internal sealed class HeldMail(
    IQueueStorage storage, ReportWriter reports, RelayOptions options, RelayIdentity identity, TimeProvider time,
    ILogger<HeldMail> log, IQueueOperator? operating = null) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private TimeSpan Limit => options.Retry.MaxHeldAge ?? options.Retry.MaxAge;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (operating is not { } queue)
        {
            RelayLog.HeldDoNotEnd(log);
            return;
        }
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await LookAsync(queue, stoppingToken);
            }
            catch (Exception error)
            {
                // The next look tries again, unless a stop was asked for, which may end a look in any way. Other code reports that the queue is away.
                if (error is not QueueUnavailableException && !stoppingToken.IsCancellationRequested)
                    RelayLog.HeldNotEnded(log, error.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Held messages come with those first that have waited longest.</summary>
    private async Task LookAsync(IQueueOperator queue, CancellationToken cancellationToken)
    {
        var before = time.GetUtcNow() - Limit;
        await foreach (var held in queue.BrowseAsync(MessageState.Held, cancellationToken))
        {
            if (held.Timestamp > before)
                return;
            try
            {
                await EndAsync(queue, held, before, cancellationToken);
            }
            catch (MessageNotFoundException)
            {
                // Another relay was faster, or an operator.
            }
            catch (Exception error) when (error is not QueueUnavailableException && !cancellationToken.IsCancellationRequested)
            {
                // The problem is this message's, and does not concern those behind it.
                RelayLog.HeldNotEnded(log, $"{held.Id}: {error.Message}");
            }
        }
    }

    private async Task EndAsync(IQueueOperator queue, QueueListing held, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var message = await ReadAsync(held, cancellationToken);
        var told = message is null || message.Envelope.Sender.Length == 0 || !options.Bounces.Enabled ? []
            : message.Envelope.Recipients.Where(NotifyParameter.Failure).ToList();
        NewMessage[] bounce = told.Count == 0 ? [] : [await reports.WriteAsync(new Report
        {
            Message = message!,
            Recipients = [.. told.Select(recipient => new RecipientResult(recipient, DeliveryOutcome.NotSent)
            {
                Status = "4.4.7",
                Problem = $"The message could not be handled and was kept for {Limit}, the longest time allowed",
                Told = ReportAction.Failed,
            })],
            LastAttempt = held.Timestamp,
            MaxDiagnostic = int.MaxValue,
            ReportingMta = identity.HelloName,
            Time = time.GetUtcNow(),
        }, cancellationToken)];
        await queue.ExpireHeldAsync(held.Id, before, bounce, cancellationToken);
        RelayTelemetry.HeldEnded(bounce.Length > 0);
        RelayLog.HeldEnded(log, held.Id, held.Timestamp, bounce.Length > 0 ? "its sender is told" : "there is no sender to tell", held.HoldReason ?? "no reason was noted");
    }

    /// <summary>The readable part of the message: without its content if that is damaged; null if its sender and recipients are lost.</summary>
    private async Task<QueuedMessage?> ReadAsync(QueueListing held, CancellationToken cancellationToken)
    {
        try
        {
            return await storage.GetAsync(held.Id, cancellationToken);
        }
        catch (Exception unreadable) when (unreadable is QueueFormatException or KeyNotFoundException)
        {
            return held.Message is not { } known ? null : new QueuedMessage
            {
                Id = held.Id,
                Envelope = new Envelope
                {
                    Sender = known.Sender,
                    Recipients = [.. known.Recipients.Where(recipient => !known.Completed.Contains(recipient.Index))],
                    Client = known.Client,
                    Receiver = known.Receiver,
                    Received = known.Received,
                },
                Attempts = known.Attempts,
                RecipientCount = known.Recipients.Count,
            };
        }
    }
}

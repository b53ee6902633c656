using System.Net.Sockets;
using Slimta.Chaos.Network;

namespace Slimta.Chaos.Mail;

/// <summary>Sends messages over many sessions and notes what was answered. What got no 250 by SMTP is not sent again.</summary>
internal sealed class Sender(Journal journal, int seed, IReadOnlyList<Link> edges, IReadOnlyList<Link> byHttp, double perSecond, Func<bool> isBehind) : IDisposable
{
    private const int Sessions = 20;
    private const int MessagesPerSession = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly HttpSubmission _http = new(journal, byHttp);
    private int _next;

    public int Begun => _next;

    public void Dispose() => _http.Dispose();

    /// <summary>Until it is told to stop; then the messages under way are still ended.</summary>
    public Task RunAsync(CancellationToken stop) =>
        Task.WhenAll(Enumerable.Range(0, Sessions).Select(session => Task.Run(() => SessionsAsync(new Random(seed + session), stop))));

    /// <summary>Sends one message, and again until it is taken, under the same token.</summary>
    public async Task SendAsync(TestMessage message, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                using var dialogue = await SmtpDialogue.OpenAsync(edges[0].Port, "sender.test", Patience, cancellationToken);
                if ((await SendAsync(dialogue, edges[0], message)).Acknowledged is not null)
                    return;
            }
            catch (Exception error) when (IsLost(error))
            {
                await Clock.DelayAsync(0.1, cancellationToken);
            }
        }
    }

    private async Task SessionsAsync(Random random, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var edge = edges[random.Next(edges.Count)];
            try
            {
                using var dialogue = await SmtpDialogue.OpenAsync(edge.Port, "sender.test", Patience, stop);
                for (var i = 0; i < MessagesPerSession && !stop.IsCancellationRequested; i++)
                {
                    while (isBehind())
                        await Clock.DelayAsync(0.1, stop);
                    var message = TestMessage.Make(seed, Interlocked.Increment(ref _next));
                    await (message.ByHttp ? _http.SendAsync(message, random) : SendAsync(dialogue, edge, message));
                    await Clock.DelayAsync(2 * random.NextDouble() * Sessions / perSecond, stop);
                }
                await dialogue.SayAsync("QUIT", CancellationToken.None);
            }
            catch (OperationCanceledException)
            {
                // Told to stop.
            }
            catch (Exception error) when (IsLost(error))
            {
                await Clock.DelayAsync(0.1, CancellationToken.None);
            }
        }
    }

    private async Task<Sent> SendAsync(SmtpDialogue dialogue, Link edge, TestMessage message)
    {
        var sent = Sent.Begin(message, edge);
        try
        {
            sent.Reply = await dialogue.SayAsync($"MAIL FROM:<{message.Sender}> SIZE={message.Content.Length}", CancellationToken.None);
            foreach (var recipient in message.Recipients)
            {
                if ((await dialogue.SayAsync($"RCPT TO:<{recipient}>", CancellationToken.None)).StartsWith("250", StringComparison.Ordinal))
                    sent.Accepted.Add(recipient);
            }
            sent.Reply = await dialogue.SayAsync("DATA", CancellationToken.None);
            if (!sent.Reply.StartsWith("354", StringComparison.Ordinal))
                return sent;
            sent.Reply = await dialogue.SendContentAsync(message.Content, CancellationToken.None);
            // 250 2.6.0 <id> queued
            if (sent.Reply.StartsWith("250", StringComparison.Ordinal))
                (sent.Acknowledged, sent.Id) = (Clock.Now, sent.Reply.Split(' ')[2]);
            return sent;
        }
        catch (Exception error) when (IsLost(error))
        {
            sent.Reply += $" then {error.GetType().Name}: {error.Message}";
            throw;
        }
        finally
        {
            journal.Sent.Enqueue(sent);
        }
    }

    public static bool IsLost(Exception error) => error is IOException or SocketException or TimeoutException;
}

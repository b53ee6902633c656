using System.Collections.Concurrent;
using Slimta.Chaos.Mail;
using Slimta.Chaos.Network;
using Slimta.Chaos.Operating;

namespace Slimta.Chaos;

/// <summary>Everything that was seen, by each who saw it. The judge reads it when all is over.</summary>
internal sealed class Journal
{
    private int _orders;

    public ConcurrentQueue<Sent> Sent { get; } = [];
    public ConcurrentQueue<Arrival> Arrivals { get; } = [];
    public ConcurrentQueue<QueueCall> Calls { get; } = [];
    public ConcurrentQueue<Transfer> Transfers { get; } = [];
    public ConcurrentQueue<FaultRecord> Faults { get; } = [];

    /// <summary>What the processes wrote to their logs.</summary>
    public ConcurrentQueue<LogLine> Lines { get; } = [];

    /// <summary>What operators asked for, request by request.</summary>
    public ConcurrentQueue<OrderCall> Orders { get; } = [];

    /// <summary>By id: why something was held that neither an operator nor a rule had put there.</summary>
    public ConcurrentDictionary<string, string> StrangeHolds { get; } = [];

    /// <summary>By id: orders on all that match, as they ended.</summary>
    public ConcurrentDictionary<string, Job> Jobs { get; } = [];

    /// <summary>The history, as it stood at the end; empty without operators.</summary>
    public List<Ended> Ended { get; } = [];

    public int NextOrder() => Interlocked.Increment(ref _orders);
}

/// <summary>A message as its sender knows it.</summary>
internal sealed class Sent
{
    public required long At { get; init; }
    public required string Token { get; init; }
    public required string Sender { get; init; }
    public required string Edge { get; init; }
    public required IReadOnlyList<string> Recipients { get; init; }
    public required string Hash { get; init; }
    public required int Length { get; init; }

    /// <summary>By HTTP, under an idempotency key; otherwise by SMTP.</summary>
    public bool ByHttp { get; set; }

    /// <summary>How often it was sent, under the same key.</summary>
    public int Tries { get; set; }

    /// <summary>When 250 came, or 202; null: it did not.</summary>
    public long? Acknowledged { get; set; }

    /// <summary>The id that the answer named.</summary>
    public string? Id { get; set; }
    public string Reply { get; set; } = "";

    /// <summary>Those whose RCPT got 250; by HTTP, all or none is accepted.</summary>
    public List<string> Accepted { get; } = [];

    public static Sent Begin(TestMessage message, Link edge) => new()
    {
        At = Clock.Now,
        Token = message.Token,
        Sender = message.Sender,
        Edge = edge.Server.Name,
        Recipients = message.Recipients,
        Hash = message.Hash,
        Length = message.Content.Length,
    };
}

/// <summary>A message that the sink had whole.</summary>
/// <param name="At">When it had the dot.</param>
/// <param name="Relay">The name in EHLO.</param>
/// <param name="Port">The client's port.</param>
/// <param name="Id">The queue's, by the edge's Received; a report has none.</param>
/// <param name="Token">The sender's; a report has that of the message it is about.</param>
/// <param name="MessageId">A report's own id.</param>
/// <param name="Failed">The recipients that a report names.</param>
internal sealed record Arrival(
    long At, string Sink, string Relay, int Port, string Sender, IReadOnlyList<string> Recipients, string Id, string Token, string Hash,
    string Reply, string MessageId, IReadOnlyList<string> Failed)
{
    public bool IsReport => Sender.Length == 0;
}

/// <summary>A command to the queue's server, as the proxy saw it pass.</summary>
/// <param name="Answered">When its reply came out of the server; null: none did.</param>
/// <param name="Ids">The messages it is about.</param>
/// <param name="Marks">The recipients that are done with, by their place in the envelope: "0,2".</param>
internal sealed record QueueCall(long At, long? Answered, string Link, string Step, IReadOnlyList<string> Ids, string Marks, string Reply)
{
    /// <summary>The message is gone.</summary>
    public const string All = "all";

    /// <summary>What only the holder of the lease may ask for.</summary>
    public bool IsSettlement => Step is "mark" or "retry" or "bounce" or "remove" or "hold" or "release";

    public bool Succeeded => Reply.StartsWith('1');

    /// <summary>After it no relay may send the message to that recipient again.</summary>
    public bool Ends(int recipient) => Succeeded && (Marks == All || Marks.Split(',').Contains($"{recipient}"));
}

/// <summary>A message's end on its way over a link, and the reply to it.</summary>
/// <param name="Dot">When the client sent it.</param>
/// <param name="Port">Of the connection's far end, as the server sees it.</param>
/// <param name="Replied">When the whole reply had been handed to the client's side; null: never.</param>
internal sealed record Transfer(long Dot, string Link, int Port, long? Replied, string Reply);

/// <summary>Harm that was done.</summary>
/// <param name="Target">An actor, or a link.</param>
internal sealed record FaultRecord(long Begin, long End, string Name, string Target, string What);

internal sealed record LogLine(long At, string Who, string Text);

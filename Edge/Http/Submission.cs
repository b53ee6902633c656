using Slimta.Storage;

namespace Slimta.Edge.Http;

/// <summary>What a request asks for, before its content is read.</summary>
/// <param name="IdempotencyKey">As the queue knows it: each API key has its own keys.</param>
internal sealed record Submission(
    string Sender, IReadOnlyList<Recipient> Recipients, ClientInfo Client, string? IdempotencyKey, bool SmtpUtf8)
{
    public Envelope ToEnvelope(string hostname, DateTimeOffset now) => new()
    {
        Sender = Sender,
        Recipients = Recipients,
        Client = Client,
        Receiver = hostname,
        Received = now,
        Parameters = SmtpUtf8
            ? new Dictionary<string, string>(StringComparer.Ordinal) { ["SMTPUTF8"] = "", ["BODY"] = "8BITMIME" }
            : new Dictionary<string, string>(StringComparer.Ordinal) { ["BODY"] = "8BITMIME" },
    };
}

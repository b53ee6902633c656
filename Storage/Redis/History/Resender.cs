using System.Security.Cryptography;
using System.Text;

namespace Slimta.Storage.Redis;

/// <summary>Makes a new message from one that bounced and whose content was kept.</summary>
internal sealed class Resender(QueueServer server, HistoryReader history, IQueueStorage queue)
{
    public async Task<ResentMessage> ResendAsync(string id, IReadOnlyCollection<string>? recipients, string? key, CancellationToken cancellationToken)
    {
        var ended = await history.OneAsync(id, cancellationToken);
        if (ended is null || await history.RecordAsync(id, cancellationToken) is not { } record)
            throw new KeyNotFoundException($"The history has no message '{id}': it has not ended, or its history is no longer kept.");
        if (!ended.ContentKept)
            throw new ContentNotKeptException(id);
        var stored = EndFormat.ReadEnvelope(id, record);
        var chosen = Choose(ended, recipients);
        var content = await ContentAsync(id, stored, cancellationToken) ?? throw new ContentNotKeptException(id);
        var indexes = chosen.Select(r => r.Index).ToHashSet();
        var envelope = EnvelopeFormat.ToEnvelope(stored, Enumerable.Range(0, stored.Recipients).Where(i => !indexes.Contains(i)).ToHashSet(), content);
        await using var writer = queue.BeginWrite(new WriteOptions { IdempotencyKey = KeyOf(id, indexes, key) });
        await foreach (var piece in content.ReadAsync(cancellationToken))
            await writer.WriteAsync(piece, cancellationToken);
        var written = await writer.CommitAsync(
            envelope with { Content = MessageContent.None, Received = server.Time.GetUtcNow(), ResentFrom = id }, Due.Now, cancellationToken: cancellationToken);
        return new(written, IsReplay: written != writer.Id);
    }

    private static List<Recipient> Choose(EndedMessage ended, IReadOnlyCollection<string>? recipients)
    {
        if (recipients is null)
        {
            var failed = ended.Recipients.Where(r => r.Outcome == EndOutcome.Bounced).Select(r => r.Recipient).ToList();
            return failed.Count > 0 ? failed : throw new ArgumentException($"No recipient of message '{ended.Id}' failed; name those that should get it again.", nameof(recipients));
        }
        if (recipients.Count == 0)
            throw new ArgumentException("Name at least one recipient, or leave them out for all that failed.", nameof(recipients));
        var chosen = new List<Recipient>();
        foreach (var address in recipients)
        {
            var some = ended.Recipients.Where(r => MessageFilter.IsAddress(r.Recipient.Address, address)).Select(r => r.Recipient).ToList();
            if (some.Count == 0)
                throw new ArgumentException($"Message '{ended.Id}' had no recipient '{address}'.", nameof(recipients));
            chosen.AddRange(some);
        }
        return chosen;
    }

    /// <summary>Null if it has gone.</summary>
    private async Task<MessageContent?> ContentAsync(string id, StoredEnvelope stored, CancellationToken cancellationToken)
    {
        var partition = server.PartitionOf(id);
        if (stored.Chunks > 0)
        {
            var chunks = await server.ReadAsync("history", partition.Content(id), static (database, key) => database.HashLengthAsync(key), cancellationToken);
            return chunks == stored.Chunks ? new ChunkedContent(server, partition.Content(id), stored.Chunks, stored.Size) : null;
        }
        var content = await server.ReadAsync("history", partition.Message(id), static async (database, key) => (byte[]?)await database.HashGetAsync(key, "content"), cancellationToken);
        return content?.Length == stored.Size ? MessageContent.From(content) : null;
    }

    private static string KeyOf(string id, IEnumerable<int> indexes, string? key)
    {
        var order = Encoding.UTF8.GetBytes($"{string.Join(',', indexes.Order())}\n{key}");
        return $"resend {id} {Convert.ToHexStringLower(SHA256.HashData(order))}";
    }
}

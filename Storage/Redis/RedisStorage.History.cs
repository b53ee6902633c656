using System.Diagnostics;

namespace Slimta.Storage.Redis;

public sealed partial class RedisStorage
{
    private readonly HistoryReader _history;

    public Task<HistoryPage> FindEndedAsync(HistoryFilter filter, int limit = 100, string? cursor = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return _history.FindAsync(filter, limit, cursor, cancellationToken);
    }

    public Task<EndedMessage?> FindEndedAsync(string id, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        return _history.OneAsync(id, cancellationToken);
    }

    public async Task<ResentMessage> ResendAsync(
        string id, IReadOnlyCollection<string>? recipients = null, string? key = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        using var operation = new QueueOperation(_server.Telemetry, "resend", "send", ActivityKind.Client, id);
        try
        {
            return await new Resender(_server, _history, this).ResendAsync(id, recipients, key, cancellationToken);
        }
        catch (Exception error)
        {
            throw operation.Failed(error);
        }
    }
}

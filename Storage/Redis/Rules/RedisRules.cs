using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>
/// Rules in a hash of partition 0. Messages that wait for a pause to end are noted beside the schedule, in a sorted set for each pause.
/// </summary>
internal sealed partial class RedisRules(QueueServer server, ILogger log) : IQueueRules
{
    private const int MostReason = 1024;
    private const int UnparkPage = 200;

    /// <summary>From the last message that was put off; each is put off again within <see cref="IQueueRules.LongestWait"/> while the pause stands.</summary>
    private const int NotesLast = 24 * 60 * 60 * 1000;

    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(1);

    private RuleSet _current = RuleSet.Empty;

    public RuleSet Current
    {
        get => Volatile.Read(ref _current);
        private set => Volatile.Write(ref _current, value);
    }

    private Partition Home => server.Partitions[0];

    public async Task<RuleSet> ReadAsync(CancellationToken cancellationToken = default) => (await LookAsync(cancellationToken)).Standing;

    /// <summary>Reads the rules for <see cref="Current"/>, and finishes the work of those that have ended.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var (standing, ended) = await LookAsync(cancellationToken);
        var before = Current;
        Current = standing;
        foreach (var id in ended)
            await ForgetAsync(id, cancellationToken);
        // This process may have parked a message by such a rule after its end.
        foreach (var rule in before.Rules.Where(rule => rule.Action == RuleAction.Pause && !standing.Contains(rule.Id) && !ended.Contains(rule.Id)))
            await UnparkAsync(rule.Id, cancellationToken);
    }

    public async Task<QueueRule> AddAsync(QueueRule rule, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rule);
        if (string.IsNullOrWhiteSpace(rule.Reason) || string.IsNullOrWhiteSpace(rule.Author))
            throw new ArgumentException("A rule needs an author and a reason: set Author and Reason.", nameof(rule));
        var kept = (await TimedAsync(rule, cancellationToken) with
        {
            Id = RandomNumberGenerator.GetHexString(8, lowercase: true),
            Reason = rule.Reason.Length > MostReason ? rule.Reason[..MostReason] : rule.Reason,
        }).Normalized() ?? throw new ArgumentException($"'{rule.Domain ?? rule.Sender}' is no domain.", nameof(rule));
        return await RunAsync("add", kept.Id, StoredRule.Write(kept), cancellationToken) == 1 ? kept : throw new TooManyRulesException(IQueueRules.Most);
    }

    public async Task<QueueRule> RemoveAsync(string id, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        var (standing, _) = await LookAsync(cancellationToken);
        var rule = standing.Rules.FirstOrDefault(rule => rule.Id == id);
        if (rule is null || await RunAsync("end", id, [], cancellationToken) != 1)
            throw new RuleNotFoundException(id);
        await ForgetAsync(id, cancellationToken);
        return rule;
    }

    public async Task ParkAsync(string id, IReadOnlyCollection<string> rules, CancellationToken cancellationToken = default)
    {
        var partition = server.PartitionOf(id);
        await server.RunAsync(Script.Park, [.. rules.Select(partition.Parked)], [id, NotesLast], cancellationToken);
    }

    public async Task RecheckAsync(string id, IReadOnlyCollection<string> rules, CancellationToken cancellationToken = default)
    {
        var standing = Current;
        foreach (var rule in rules.Where(rule => !standing.Contains(rule)))
            await UnparkAsync(server.PartitionOf(id), rule, cancellationToken);
    }

    private async Task<(RuleSet Standing, IReadOnlyList<string> Ended)> LookAsync(CancellationToken cancellationToken)
    {
        var (now, stored) = await server.ReadAsync("rules", Home.Rules, static async (database, key) =>
        {
            var time = database.ExecuteAsync("TIME");
            var rules = await database.HashGetAllAsync(key);
            var clock = (RedisValue[])(await time)!;
            return (DateTimeOffset.FromUnixTimeSeconds((long)clock[0]), rules);
        }, cancellationToken);
        if (stored.Length == 0)
            return (RuleSet.Empty, []);
        var (standing, ended) = (new List<QueueRule>(), new List<string>());
        foreach (var entry in stored)
        {
            var (rule, stands) = StoredRule.Read(entry.Name!, entry.Value!);
            if (!stands || (rule is { Expires: { } end } && end <= now))
                ended.Add(entry.Name!);
            else if (rule is not null)
                standing.Add(rule);
            else if (server.Troubles.Begin($"rule {entry.Name}", $"Rule {entry.Name} cannot be read, and has no effect.", severe: false))
                LogUnreadable(log, entry.Name!);
        }
        standing.Sort((a, b) => a.Created.CompareTo(b.Created));
        return (new RuleSet(standing), ended);
    }

    /// <summary>When no message is noted any more: one that a relay is just putting off is made due by a later look, though the relay died then.</summary>
    private async Task ForgetAsync(string id, CancellationToken cancellationToken)
    {
        if (await UnparkAsync(id, cancellationToken) == 0)
            await RunAsync("forget", id, [], cancellationToken);
    }

    /// <summary>The server's clock ends a rule, so it also begins it: the clock of the process that sets it may differ.</summary>
    private async Task<QueueRule> TimedAsync(QueueRule rule, CancellationToken cancellationToken)
    {
        if (rule.Lasts is not { } span)
            return rule;
        var clock = (RedisValue[])(await server.ReadAsync("rules", 0, static (database, _) => database.ExecuteAsync("TIME"), cancellationToken))!;
        var now = Microseconds.ToTime(((long)clock[0] * 1_000_000) + (long)clock[1]);
        return rule with { Created = now, Expires = now + span, Lasts = null };
    }

    /// <returns>How many stay noted because relays have them in hand.</returns>
    private async Task<int> UnparkAsync(string rule, CancellationToken cancellationToken)
    {
        var noted = 0;
        foreach (var partition in server.Partitions)
            noted += await UnparkAsync(partition, rule, cancellationToken);
        return noted;
    }

    private async Task<int> UnparkAsync(Partition partition, string rule, CancellationToken cancellationToken)
    {
        var kept = 0;
        RedisKey[] keys = [partition.Schedule, partition.Leases, partition.State, partition.Parked(rule)];
        for (var looked = UnparkPage; looked == UnparkPage;)
        {
            RedisValue[] arguments = [server.WakeChannel, partition.Index, UnparkPage, Microseconds.Of(IQueueRules.LongestWait + Slack), kept];
            var reply = (RedisResult[])(await server.ChangeAsync(Script.Unpark, keys, arguments, cancellationToken: cancellationToken))!;
            (looked, kept) = ((int)reply[0], kept + (int)reply[1]);
        }
        return kept;
    }

    private async Task<int> RunAsync(string action, string id, byte[] json, CancellationToken cancellationToken) =>
        (int)await server.ChangeAsync(Script.Rule, [Home.Rules], [action, id, json, IQueueRules.Most, server.WakeChannel], cancellationToken: cancellationToken);

    [LoggerMessage(50, LogLevel.Error, "Rule {Id} cannot be read, and has no effect; remove its field from the queue's rules")]
    private static partial void LogUnreadable(ILogger log, string id);
}

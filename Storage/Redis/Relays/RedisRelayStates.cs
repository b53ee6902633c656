using System.Text.Json;
using System.Text.Json.Serialization;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>A string that expires for each relay, and a sorted set of their names, in partition 0.</summary>
internal sealed class RedisRelayStates(QueueServer server) : IRelayStates
{
    private const int MostRelays = 1000;

    private Partition Home => server.Partitions[0];

    public async Task PublishAsync(RelayState state, TimeSpan lifetime, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        await server.RunAsync(Script.Publish, [Home.Relays, Home.Relay(state.Name)],
            [state.Name, JsonSerializer.SerializeToUtf8Bytes(state, RelayJson.Default.RelayState), (long)lifetime.TotalMilliseconds], cancellationToken);
    }

    public Task<IReadOnlyList<RelayState>> ReadAsync(CancellationToken cancellationToken = default) =>
        server.ReadAsync("relays", Home, static async (database, home) =>
        {
            var names = await database.SortedSetRangeByRankAsync(home.Relays, 0, MostRelays - 1);
            var texts = await Task.WhenAll(names.Select(name => database.StringGetAsync(home.Relay(name!))));
            return (IReadOnlyList<RelayState>)[.. texts.Select(Read).OfType<RelayState>().OrderBy(state => state.Name, StringComparer.Ordinal)];
        }, cancellationToken);

    /// <summary>Null for a state that has expired or cannot be read: its relay publishes it again soon.</summary>
    private static RelayState? Read(RedisValue text)
    {
        try
        {
            return text.IsNull || JsonSerializer.Deserialize((string)text!, RelayJson.Default.RelayState) is not { } state
                || state.Destinations is null || state.Routes is null || state.NamedRoutes is null || state.Destinations.Any(one => one is null) ? null : state;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RelayState))]
internal sealed partial class RelayJson : JsonSerializerContext;

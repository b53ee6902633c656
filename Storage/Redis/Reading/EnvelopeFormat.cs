using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;

namespace Slimta.Storage.Redis;

/// <summary>
/// A message's metadata as it stands in Redis: JSON, so that <c>redis-cli</c> shows it and no reader can be made to run anything.
/// The scripts read the first three members by their place; they stay as they are in every version.
/// </summary>
internal sealed record StoredEnvelope
{
    public const int CurrentVersion = 1;

    [JsonPropertyName("v"), JsonPropertyOrder(-3)]
    public required int Version { get; init; }

    [JsonPropertyOrder(-2)]
    public required int Recipients { get; init; }

    [JsonPropertyOrder(-1)]
    public required long Size { get; init; }

    /// <summary>Chunks under the content key; 0 where the content is inline.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Chunks { get; init; }
    public required string Sender { get; init; }
    public required IReadOnlyList<string> To { get; init; }

    /// <summary>Index → parameters, for the recipients that have any.</summary>
    public IReadOnlyDictionary<int, IReadOnlyDictionary<string, string>>? ToParameters { get; init; }
    public IReadOnlyDictionary<string, string>? Parameters { get; init; }
    public required ClientInfo Client { get; init; }
    public required string Receiver { get; init; }
    public required DateTimeOffset Received { get; init; }
    public string? Subject { get; init; }
    public string? MessageId { get; init; }

    public string? ResentFrom { get; init; }

    /// <summary>W3C traceparent and tracestate of the write.</summary>
    public string? Trace { get; init; }
    public string? TraceState { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(StoredEnvelope))]
[JsonSerializable(typeof(StoredAttempt))]
[JsonSerializable(typeof(StoredEnd))]
[JsonSerializable(typeof(StoredNote))]
internal sealed partial class StoredJson : JsonSerializerContext;

internal static class EnvelopeFormat
{
    public static byte[] Write(Envelope envelope, int chunks, Activity? trace) =>
        JsonSerializer.SerializeToUtf8Bytes(new StoredEnvelope
        {
            Version = StoredEnvelope.CurrentVersion,
            Recipients = envelope.Recipients.Count,
            Size = envelope.Content.Length,
            Chunks = chunks,
            Sender = envelope.Sender,
            To = [.. envelope.Recipients.Select(r => r.Address)],
            ToParameters = ParametersOf(envelope.Recipients),
            Parameters = envelope.Parameters.Count == 0 ? null : envelope.Parameters,
            Client = envelope.Client,
            Receiver = envelope.Receiver,
            Received = envelope.Received,
            Subject = envelope.Subject,
            MessageId = envelope.MessageId,
            ResentFrom = envelope.ResentFrom,
            Trace = trace?.Id,
            TraceState = trace?.TraceStateString,
        }, StoredJson.Default.StoredEnvelope);

    /// <exception cref="QueueFormatException">It is of a newer version, or no metadata of ours.</exception>
    public static StoredEnvelope Read(string id, ReadOnlySpan<byte> json)
    {
        StoredEnvelope? stored;
        try
        {
            RefuseNewer(id, json);
            stored = JsonSerializer.Deserialize(json, StoredJson.Default.StoredEnvelope);
        }
        catch (JsonException error)
        {
            throw new QueueFormatException($"The metadata of message '{id}' cannot be read: {error.Message}", error);
        }
        catch (InvalidOperationException error)
        {
            throw new QueueFormatException($"The metadata of message '{id}' does not start with a version: it is not ours, or damaged.", error);
        }
        return (ProblemOf(stored) ?? (StartsForScripts(stored!, json) ? null : "it does not start with 'v', 'recipients' and 'size' as the scripts read them")) is { } problem
            ? throw new QueueFormatException($"The metadata of message '{id}' is damaged: {problem}.")
            : stored!;
    }

    /// <summary>A message that reads differently here than in the scripts could be delivered, but never settled.</summary>
    private static bool StartsForScripts(StoredEnvelope stored, ReadOnlySpan<byte> json)
    {
        Span<byte> start = stackalloc byte[96];
        return Utf8.TryWrite(start, CultureInfo.InvariantCulture, $"{{\"v\":{stored.Version},\"recipients\":{stored.Recipients},\"size\":{stored.Size}", out var length)
            && json.StartsWith(start[..length]) && json.Length > length && json[length] is (byte)',' or (byte)'}';
    }

    private static string? ProblemOf(StoredEnvelope? stored) => stored switch
    {
        null => "it is null",
        { Sender: null } => "'sender' is null",
        { To: null } => "'to' is null",
        { Client: null or { Protocol: null } } => "'client' is null or has no protocol",
        { Receiver: null } => "'receiver' is null",
        { Size: < 0 } => $"'size' is {stored.Size}",
        { Chunks: < 0 } => $"'chunks' is {stored.Chunks}",
        _ when stored.To.Count != stored.Recipients => $"'recipients' counts {stored.Recipients} and 'to' lists {stored.To.Count}",
        _ when stored.ToParameters?.Keys.FirstOrDefault(index => index < 0 || index >= stored.Recipients, -1) is { } index and not -1 =>
            $"'toParameters' has {index}, and there are {stored.Recipients} recipients",
        _ when stored.ToParameters?.Values.Contains(null) == true => "'toParameters' has a null",
        _ => EnvelopeCheck.ProblemOf(ToEnvelope(stored, System.Collections.Frozen.FrozenSet<int>.Empty, MessageContent.From(ReadOnlyMemory<byte>.Empty))),
    };

    // Before the rest: a newer version may have other members.
    private static void RefuseNewer(string id, ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        var first = reader.Read() && reader.Read() && reader.ValueTextEquals("v"u8) && reader.Read() && reader.TryGetInt32(out var version)
            ? version
            : throw new QueueFormatException($"The metadata of message '{id}' does not start with a version: it is not ours, or damaged.");
        if (first > StoredEnvelope.CurrentVersion)
            throw new QueueFormatException($"Message '{id}' was written by a newer version (format {first}; this one reads up to {StoredEnvelope.CurrentVersion}). Upgrade the relays before the edges.");
    }

    public static Envelope ToEnvelope(StoredEnvelope stored, IReadOnlySet<int> delivered, MessageContent content) => new()
    {
        Sender = stored.Sender,
        Recipients = RecipientsOf(stored, delivered),
        Content = content,
        Client = stored.Client,
        Receiver = stored.Receiver,
        Received = stored.Received,
        Subject = stored.Subject,
        MessageId = stored.MessageId,
        Parameters = stored.Parameters ?? EsmtpParameters.None,
        ResentFrom = stored.ResentFrom,
    };

    public static IReadOnlyList<Recipient> RecipientsOf(StoredEnvelope stored, IReadOnlySet<int> except)
    {
        var recipients = new List<Recipient>(stored.To.Count);
        for (var i = 0; i < stored.To.Count; i++)
        {
            if (!except.Contains(i))
                recipients.Add(new Recipient(stored.To[i])
                {
                    Index = i,
                    Parameters = stored.ToParameters?.GetValueOrDefault(i) ?? EsmtpParameters.None,
                });
        }
        return recipients;
    }

    private static Dictionary<int, IReadOnlyDictionary<string, string>>? ParametersOf(IReadOnlyList<Recipient> recipients)
    {
        Dictionary<int, IReadOnlyDictionary<string, string>>? all = null;
        for (var i = 0; i < recipients.Count; i++)
        {
            if (recipients[i].Parameters.Count > 0)
                (all ??= [])[i] = recipients[i].Parameters;
        }
        return all;
    }
}

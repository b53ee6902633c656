using System.Text.Json;
using Slimta.Storage;
using Slimta.Storage.Redis;

namespace Slimta.Fuzz.Targets;

/// <summary>What stands in Redis: read, or refused with the exception that holds the message.</summary>
internal static class StoredTarget
{
    public static void Read(byte[] bytes)
    {
        try
        {
            var stored = EnvelopeFormat.Read("id", bytes);
            Claim.Same(stored.Recipients, stored.To.Count);
        }
        catch (QueueFormatException)
        {
        }
        try
        {
            _ = AttemptFormat.Read(bytes);
        }
        catch (JsonException)
        {
        }
    }
}

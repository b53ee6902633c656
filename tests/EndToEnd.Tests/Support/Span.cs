using System.Text;

namespace Slimta.EndToEnd;

/// <summary>A span as OTLP carries it (opentelemetry/proto/trace/v1), as far as the tests look at it.</summary>
/// <param name="Parent">The parent's id; "" for a root.</param>
/// <param name="Process">The resource's service.name.</param>
/// <param name="Instance">The resource's service.instance.id.</param>
/// <param name="Start">Nanoseconds since 1970.</param>
internal sealed record Span(string Process, string Instance, string Trace, string Id, string Parent, string Name, int Kind, ulong Start, ulong End,
    IReadOnlyDictionary<string, string> Tags)
{
    /// <summary>Reads an ExportTraceServiceRequest.</summary>
    public static IEnumerable<Span> Read(ReadOnlyMemory<byte> request)
    {
        foreach (var resourceSpans in Protobuf.Read(request).Where(field => field.Number == 1))
        {
            var parts = Protobuf.Read(resourceSpans.Bytes).ToList();
            var resource = parts.Where(field => field.Number == 1).SelectMany(field => Tagged(field.Bytes, 1)).ToDictionary();
            foreach (var scope in parts.Where(field => field.Number == 2))
                foreach (var span in Protobuf.Read(scope.Bytes).Where(field => field.Number == 2))
                    yield return One(resource.GetValueOrDefault("service.name", ""), resource.GetValueOrDefault("service.instance.id", ""), span.Bytes);
        }
    }

    private static Span One(string process, string instance, ReadOnlyMemory<byte> bytes)
    {
        var fields = Protobuf.Read(bytes).ToList();
        return new(process, instance, Hex(1), Hex(2), Hex(4), Text(fields.First(field => field.Number == 5).Bytes),
            (int)Number(6), Number(7), Number(8), Tagged(bytes, 9).ToDictionary());

        string Hex(int number) => Convert.ToHexStringLower(fields.FirstOrDefault(field => field.Number == number).Bytes.Span);
        ulong Number(int number) => fields.FirstOrDefault(field => field.Number == number).Value;
    }

    /// <summary>The KeyValues in a field; a value is a string, a bool or an int.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Tagged(ReadOnlyMemory<byte> message, int number)
    {
        foreach (var pair in Protobuf.Read(message).Where(field => field.Number == number))
        {
            var parts = Protobuf.Read(pair.Bytes).ToList();
            var value = Protobuf.Read(parts.FirstOrDefault(field => field.Number == 2).Bytes).FirstOrDefault();
            yield return new(Text(parts.First(field => field.Number == 1).Bytes), value.Number == 1 ? Text(value.Bytes) : $"{value.Value}");
        }
    }

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}

/// <summary>The wire format of protocol buffers, without a schema.</summary>
internal static class Protobuf
{
    public readonly record struct Field(int Number, ulong Value, ReadOnlyMemory<byte> Bytes);

    public static IEnumerable<Field> Read(ReadOnlyMemory<byte> message)
    {
        var at = 0;
        while (at < message.Length)
        {
            var tag = Varint(message.Span, ref at);
            var number = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    yield return new(number, Varint(message.Span, ref at), default);
                    break;
                case 1:
                    yield return new(number, BitConverter.ToUInt64(message.Span[at..]), default);
                    at += 8;
                    break;
                case 2:
                    var length = (int)Varint(message.Span, ref at);
                    yield return new(number, 0, message.Slice(at, length));
                    at += length;
                    break;
                case 5:
                    yield return new(number, BitConverter.ToUInt32(message.Span[at..]), default);
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException($"Wire type {tag & 7}");
            }
        }
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = 0ul;
        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }
    }
}

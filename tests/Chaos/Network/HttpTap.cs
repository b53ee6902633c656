using Slimta.Chaos.Faults;

namespace Slimta.Chaos.Network;

/// <summary>Between a sender and an edge by HTTP, one request at a time on a connection: that one is asked, and that it is answered.</summary>
internal sealed class HttpTap(Link link, PointBook points) : Tap
{
    public const string Step = "post";

    public override ValueTask<Passage> FromClientAsync(ReadOnlyMemory<byte> bytes) =>
        bytes.Span.StartsWith("POST "u8) ? points.ReachedAsync(link, Step, Moment.Asked) : new(Passage.Pass);

    /// <summary>Only where the edge has done what was asked.</summary>
    public override ValueTask<Passage> FromServerAsync(ReadOnlyMemory<byte> bytes) =>
        bytes.Span.StartsWith("HTTP/1.1 202 "u8) ? points.ReachedAsync(link, Step, Moment.Answered) : new(Passage.Pass);
}

using Slimta.Chaos.Faults;

namespace Slimta.Chaos.Network;

/// <summary>Between a sender or an operator and an edge by HTTP, one request at a time on a connection: that one is asked, and that it is answered.</summary>
/// <param name="step">What a POST is here.</param>
internal sealed class HttpTap(Link link, PointBook points, string step) : Tap
{
    /// <summary>A message.</summary>
    public const string Post = "post";

    private bool _asked;

    public override ValueTask<Passage> FromClientAsync(Sending sending)
    {
        _asked = sending.Bytes.Span.StartsWith("POST "u8);
        return _asked ? points.ReachedAsync(link, step, Moment.Asked) : new(Passage.Pass);
    }

    /// <summary>Only where the edge has done what was asked.</summary>
    public override ValueTask<Passage> FromServerAsync(Sending sending) =>
        _asked && sending.Bytes.Span.StartsWith("HTTP/1.1 20"u8) ? points.ReachedAsync(link, step, Moment.Answered) : new(Passage.Pass);
}

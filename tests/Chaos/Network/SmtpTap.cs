using System.Text;
using Slimta.Chaos.Faults;

namespace Slimta.Chaos.Network;

/// <summary>Between a sender and an edge, or a relay and the sink: how far each message has come.</summary>
internal sealed class SmtpTap(Link link, int port, Journal journal, PointBook points) : Tap
{
    private enum Phase
    {
        Commands,
        Content,
        Dot,
    }

    private static readonly byte[] End = "\r\n.\r\n"u8.ToArray();

    private readonly Lock _gate = new();
    private readonly List<byte> _tail = [];
    private Phase _phase;
    private long _dot;
    private string _reply = "";
    private bool _replyWhole;

    public override async ValueTask<Passage> FromClientAsync(Sending sending)
    {
        if (_phase == Phase.Content)
        {
            if (!Ends(sending.Bytes.Span))
                return await points.ReachedAsync(link, "content", Moment.Asked);
            lock (_gate)
                (_phase, _dot, _reply, _replyWhole) = (Phase.Dot, sending.At, "", false);
            return await points.ReachedAsync(link, "dot", Moment.Asked);
        }
        return sending.Bytes.Span.StartsWith("MAIL"u8) ? await points.ReachedAsync(link, "envelope", Moment.Asked) : Passage.Pass;
    }

    public override async ValueTask<Passage> FromServerAsync(Sending sending)
    {
        var text = Encoding.Latin1.GetString(sending.Bytes.Span);
        if (_phase == Phase.Dot)
        {
            lock (_gate)
            {
                _reply += text;
                _replyWhole = _reply.EndsWith("\r\n", StringComparison.Ordinal);
            }
            return await points.ReachedAsync(link, "dot", Moment.Answered);
        }
        if (_phase == Phase.Commands && (text.StartsWith("354", StringComparison.Ordinal) || text.Contains("\n354", StringComparison.Ordinal)))
        {
            if (await points.ReachedAsync(link, "envelope", Moment.Answered) is var passage and not Passage.Pass)
                return passage;
            _tail.Clear();
            // An end without content before it is an end.
            _tail.AddRange("\r\n"u8);
            _phase = Phase.Content;
        }
        return Passage.Pass;
    }

    public override void Handed()
    {
        lock (_gate)
        {
            if (_phase != Phase.Dot || !_replyWhole)
                return;
            journal.Transfers.Enqueue(new(_dot, link.Name, port, Clock.Now, _reply.TrimEnd()));
            _phase = Phase.Commands;
        }
    }

    public override void Ended()
    {
        lock (_gate)
        {
            if (_phase == Phase.Dot)
                journal.Transfers.Enqueue(new(_dot, link.Name, port, null, _reply.Length > 0 ? "not handed on: " + _reply.TrimEnd() : "none"));
            _phase = Phase.Commands;
        }
    }

    private bool Ends(ReadOnlySpan<byte> bytes)
    {
        _tail.AddRange(bytes.Length > End.Length ? bytes[^End.Length..] : bytes);
        if (_tail.Count > End.Length)
            _tail.RemoveRange(0, _tail.Count - End.Length);
        return System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_tail).SequenceEqual(End);
    }
}

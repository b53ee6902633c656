using System.Buffers;
using Slimta.Smtp.Client;
using Slimta.Smtp.Server;

namespace Slimta.Fuzz.Targets;

/// <summary>What follows DATA, however it is cut; and what we send comes back unchanged.</summary>
internal static class ContentTarget
{
    public static void Read(byte[] bytes)
    {
        foreach (var bare in new[] { BareLineFeed.Reject, BareLineFeed.Normalize })
        {
            foreach (var dots in new[] { true, false })
            {
                var whole = Decode(bytes, bytes.Length, bare, dots);
                Claim.Same(whole, Decode(bytes, 1, bare, dots));
                Claim.Same(whole, Decode(bytes, 3, bare, dots));
                Claim.That(dots || !whole.IsComplete);
                var isPrefixed = bytes.AsSpan().StartsWith(".\r\n"u8) || bytes.AsSpan().IndexOf("\r\n.\r\n"u8) >= 0;
                Claim.That(!whole.IsComplete || isPrefixed);
                if (bare == BareLineFeed.Normalize)
                {
                    Claim.That(!dots || whole.IsComplete == isPrefixed);
                    if (whole.IsComplete || !dots)
                        Claim.WholeLines(Convert.FromBase64String(whole.Content));
                }
            }
        }
        Resend(bytes);
    }

    private static (bool IsComplete, ContentFault Fault, string Content, long Left) Decode(byte[] bytes, int size, BareLineFeed bare, bool dots)
    {
        var decoder = new ContentDecoder(998, bare, dots);
        using var content = new MemoryStream();
        var at = 0;
        long left = 0;
        while (at < bytes.Length && !decoder.IsComplete && decoder.Fault != ContentFault.BareLineEnd)
        {
            var input = new ReadOnlySequence<byte>(bytes, at, Math.Min(size, bytes.Length - at));
            at += (int)input.Length;
            while (decoder.TryRead(ref input, out var piece))
                content.Write(piece.Span);
            left = input.Length + bytes.Length - at;
        }
        if (!dots)
            content.Write(decoder.Finish().Span);
        // What comes before a fault is never used.
        return decoder.Fault == ContentFault.BareLineEnd ? (false, decoder.Fault, "", 0) : (decoder.IsComplete, decoder.Fault, Convert.ToBase64String(content.ToArray()), left);
    }

    private static void Resend(byte[] bytes)
    {
        var stuffer = new DotStuffer(int.MaxValue);
        var sent = new ArrayBufferWriter<byte>();
        try
        {
            stuffer.Write(bytes, sent);
            stuffer.End(sent);
        }
        catch (BareLineEndException)
        {
            return;
        }
        var (isComplete, fault, content, left) = Decode(sent.WrittenSpan.ToArray(), sent.WrittenCount, BareLineFeed.Reject, dots: true);
        Claim.That(isComplete && left == 0 && fault is ContentFault.None or ContentFault.LineTooLong);
        var back = Convert.FromBase64String(content);
        Claim.That(back.AsSpan().SequenceEqual(bytes) || back.AsSpan().SequenceEqual([.. bytes, .. "\r\n"u8]));
    }
}

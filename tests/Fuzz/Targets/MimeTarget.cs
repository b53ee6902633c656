using Slimta.Smtp.Client;
using Slimta.Storage;

namespace Slimta.Fuzz.Targets;

/// <summary>A message that is encoded for a server without 8BITMIME: null, or a body of 7 bits.</summary>
internal static class MimeTarget
{
    public static void Read(byte[] bytes)
    {
        if (SevenBit.ConvertAsync(MessageContent.From(bytes), default).AsTask().GetAwaiter().GetResult() is not { } encoded)
            return;
        var traits = ContentTraits.OfAsync(encoded.Content.ToOutgoing(), default).AsTask().GetAwaiter().GetResult();
        Claim.That(!traits.BodyHas8Bit);
    }
}

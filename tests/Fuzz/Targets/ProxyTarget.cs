using System.Buffers;
using Slimta.Smtp.Server;

namespace Slimta.Fuzz.Targets;

/// <summary>A PROXY header: more bytes decide what was open, and never change what was decided.</summary>
internal static class ProxyTarget
{
    public static void Read(byte[] bytes)
    {
        bool? decided = null;
        ProxyHeader first = default;
        long taken = 0;
        for (var length = 0; length <= Math.Min(bytes.Length, 600); length++)
        {
            var input = new ReadOnlySequence<byte>(bytes, 0, length);
            var result = ProxyHeader.TryRead(ref input, out var header);
            if (decided is null)
            {
                (decided, first, taken) = (result, header, length - input.Length);
                continue;
            }
            Claim.Same(decided, result);
            if (result == true)
                Claim.Same((first.Client, first.Local, taken), (header.Client, header.Local, length - input.Length));
        }
    }
}

using System.Security.Cryptography;

namespace Slimta.Relay.Dkim;

/// <summary>
/// The hash of a body in relaxed form (RFC 6376 §3.4.4), piece by piece: white space at line ends goes, other runs of it become
/// one space, empty lines at the end go.
/// </summary>
internal sealed class RelaxedBodyHash : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[4096];
    private int _used;
    private long _heldLineEnds;
    private bool _space;
    private bool _hasText;

    public void Write(ReadOnlySpan<byte> piece)
    {
        while (!piece.IsEmpty)
        {
            var special = piece.IndexOfAny(" \t\r\n"u8);
            if (special != 0)
            {
                Text(special < 0 ? piece : piece[..special]);
                if (special < 0)
                    return;
            }
            var octet = piece[special];
            piece = piece[(special + 1)..];
            if (octet == (byte)'\n')
                EndLine();
            else if (octet != (byte)'\r')
                _space = true;
        }
    }

    /// <summary>The hash; a body without a final CRLF gets one.</summary>
    public byte[] End()
    {
        if (_hasText)
            Put("\r\n"u8);
        Flush();
        return _hash.GetHashAndReset();
    }

    public void Dispose() => _hash.Dispose();

    /// <summary>Line ends are held back until text follows; those at the end of the body are one.</summary>
    private void EndLine()
    {
        _space = false;
        _heldLineEnds++;
    }

    private void Text(ReadOnlySpan<byte> text)
    {
        for (; _heldLineEnds > 0; _heldLineEnds--)
            Put("\r\n"u8);
        if (_space)
            Put(" "u8);
        (_space, _hasText) = (false, true);
        Put(text);
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length - _used)
            Flush();
        if (bytes.Length > _buffer.Length)
        {
            _hash.AppendData(bytes);
            return;
        }
        bytes.CopyTo(_buffer.AsSpan(_used));
        _used += bytes.Length;
    }

    private void Flush()
    {
        _hash.AppendData(_buffer.AsSpan(0, _used));
        _used = 0;
    }
}

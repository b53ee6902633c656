using System.Buffers;
using System.Security.Cryptography;

namespace Slimta.Edge.Http;

/// <summary>
/// A request's body in memory, in pieces, so that it costs its length and no more. Each piece is counted against what all requests
/// of the process may hold.
/// </summary>
internal sealed class JsonBody : IDisposable
{
    /// <summary>Below the large object heap.</summary>
    private const int PieceBytes = 64 * 1024;

    private readonly ByteBudget _budget;
    private readonly List<Piece> _pieces = [];
    private int _last;

    private JsonBody(ByteBudget budget) => _budget = budget;

    public ReadOnlySequence<byte> Bytes => _pieces.Count == 0 ? default : new(_pieces[0], 0, _pieces[^1], _last);

    /// <summary>Null if there is no room for it at the moment.</summary>
    public static async Task<JsonBody?> ReadAsync(HttpRequest request, ByteBudget budget, CancellationToken cancellationToken)
    {
        var body = new JsonBody(budget);
        try
        {
            if (await body.FillAsync(request.Body, cancellationToken))
                return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
        body.Dispose();
        return null;
    }

    /// <summary>Identifies a repeated request.</summary>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var piece in Bytes)
            hash.AppendData(piece.Span);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public void Dispose()
    {
        _budget.GiveBack((long)_pieces.Count * PieceBytes);
        _pieces.Clear();
    }

    private async Task<bool> FillAsync(Stream stream, CancellationToken cancellationToken)
    {
        _last = PieceBytes;
        while (true)
        {
            if (_last == PieceBytes)
            {
                // The read waits without a piece, for a client may take its time.
                if (await stream.ReadAsync(Memory<byte>.Empty, cancellationToken) == 0 && !_budget.TryTake(PieceBytes))
                    return false;
                _pieces.Add(new(_pieces.Count == 0 ? null : _pieces[^1]));
                _last = 0;
            }
            var read = await stream.ReadAsync(_pieces[^1].Array.AsMemory(_last), cancellationToken);
            if (read == 0)
                return true;
            _last += read;
        }
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(Piece? before)
        {
            Memory = Array;
            if (before is null)
                return;
            RunningIndex = before.RunningIndex + before.Memory.Length;
            before.Next = this;
        }

        public byte[] Array { get; } = new byte[PieceBytes];
    }
}

using System.Text;

namespace Slimta.Fuzz;

/// <summary>Makes an input out of others: bits, bytes, words that the reader knows, pieces moved, doubled, cut out or taken from another.</summary>
internal sealed class Mutator(Random random, string[] words)
{
    private const int MaxLength = 4096;

    private readonly byte[][] _words = [.. words.Select(Encoding.UTF8.GetBytes)];

    public byte[] Change(byte[] input, IReadOnlyList<byte[]> others)
    {
        var bytes = input.ToList();
        for (var times = 1 << random.Next(5); times > 0; times--)
            ChangeOnce(bytes, others);
        if (bytes.Count > MaxLength)
            bytes.RemoveRange(MaxLength, bytes.Count - MaxLength);
        return [.. bytes];
    }

    private void ChangeOnce(List<byte> bytes, IReadOnlyList<byte[]> others)
    {
        var at = random.Next(bytes.Count + 1);
        var (from, length) = Piece(bytes.Count);
        switch (random.Next(9))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes.Insert(at, (byte)random.Next(256));
                break;
            case 3:
                bytes.RemoveRange(from, length);
                break;
            case 4:
                bytes.InsertRange(at, bytes.GetRange(from, length));
                break;
            case 5:
                bytes.InsertRange(at, Enumerable.Repeat(bytes.Count == 0 ? (byte)'a' : bytes[random.Next(bytes.Count)], 1 << random.Next(11)));
                break;
            case 6:
                var other = others[random.Next(others.Count)];
                var (start, count) = Piece(other.Length);
                bytes.InsertRange(at, other.AsSpan(start, count).ToArray());
                break;
            default:
                var word = _words[random.Next(_words.Length)];
                if (random.Next(2) == 0)
                    bytes.RemoveRange(at, Math.Min(word.Length, bytes.Count - at));
                bytes.InsertRange(at, word);
                break;
        }
    }

    private (int From, int Length) Piece(int of)
    {
        var from = random.Next(of + 1);
        return (from, random.Next(Math.Min(of - from, 64) + 1));
    }
}

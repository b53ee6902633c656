using System.Globalization;
using System.Text;

namespace Slimta.Chaos.Network;

/// <summary>
/// Cuts a stream of RESP values (2 or 3) at their ends, however its bytes come, and keeps the short strings of each: enough to
/// know a command or a reply again, without holding mail.
/// </summary>
internal sealed class RespParser
{
    private const int Kept = 96;
    private const int LongestScript = 32 * 1024;

    private readonly StringBuilder _line = new();
    private readonly StringBuilder _bulk = new();
    private readonly Stack<long> _open = new();
    private List<string> _words = [];
    private long _bulkLeft = -1;
    private char _type;

    /// <summary>What the values are that ended in these bytes.</summary>
    public IEnumerable<RespValue> Feed(ReadOnlyMemory<byte> bytes)
    {
        for (var i = 0; i < bytes.Length;)
        {
            if (_bulkLeft >= 0)
            {
                var take = (int)Math.Min(_bulkLeft, bytes.Length - i);
                Keep(bytes.Span.Slice(i, take));
                i += take;
                _bulkLeft -= take;
                if (_bulkLeft > 0)
                    continue;
                _bulkLeft = -1;
                _words.Add(_bulk.ToString().TrimEnd('\r', '\n'));
                _bulk.Clear();
                if (ElementEnded())
                    yield return Take();
                continue;
            }
            var next = (char)bytes.Span[i++];
            if (next != '\n')
            {
                _line.Append(next);
                continue;
            }
            if (LineEnded())
                yield return Take();
        }
    }

    private bool LineEnded()
    {
        var line = _line.ToString().TrimEnd('\r');
        _line.Clear();
        if (line.Length == 0)
            return false;
        if (_open.Count == 0)
            _type = line[0];
        switch (line[0])
        {
            case '$' or '=' or '!':
                if (Number(line) is var length and >= 0)
                {
                    // With the line end that follows it.
                    _bulkLeft = length + 2;
                    return false;
                }
                _words.Add("");
                return ElementEnded();
            case '*' or '~' or '>' or '%' or '|':
                var elements = Number(line) * (line[0] is '%' or '|' ? 2 : 1) + (line[0] == '|' ? 1 : 0);
                if (elements <= 0)
                    return ElementEnded();
                _open.Push(elements);
                return false;
            default:
                _words.Add(line[0] == '-' ? line : line[1..]);
                return ElementEnded();
        }
    }

    /// <returns>True if the value as a whole ended with it.</returns>
    private bool ElementEnded()
    {
        while (_open.TryPop(out var left))
        {
            if (left > 1)
            {
                _open.Push(left - 1);
                return false;
            }
        }
        return true;
    }

    private RespValue Take()
    {
        var value = new RespValue(_type, _words);
        _words = [];
        return value;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        // A script's text is needed whole: its hash is its name.
        var most = _words.Count == 1 && _words[0].Equals("EVAL", StringComparison.OrdinalIgnoreCase) ? LongestScript : Kept;
        if (_bulk.Length < most)
            _bulk.Append(Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, most - _bulk.Length)]));
    }

    private static long Number(string line) => long.Parse(line.AsSpan(1), CultureInfo.InvariantCulture);
}

/// <param name="Type">Its first byte.</param>
/// <param name="Words">All its strings and numbers in order, the long ones cut; an error with its "-".</param>
internal sealed record RespValue(char Type, IReadOnlyList<string> Words);

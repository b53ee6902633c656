using System.Diagnostics;
using System.Text;
using Slimta.Smtp;

namespace Slimta.Edge.Intake;

/// <summary>
/// Looks at a message's header as it comes: which fields are there, and where it ends. The caller keeps the bytes.
/// </summary>
internal struct HeaderScanner
{
    private int _line;
    private int _searched;
    private int _fields;
    private int _mailboxLines;
    private Field _open;
    private Range _subject;
    private Range _messageId;

    private enum Field
    {
        Other,
        Subject,
        MessageId,
    }

    /// <summary>Bytes of the header so far, in whole lines; the empty line that ends it is not counted.</summary>
    public readonly int Length => _line;

    /// <summary>Received fields so far.</summary>
    public int Received { get; private set; }

    /// <summary>Lines of an mbox file with which the message begins; they must become fields, or would end the header.</summary>
    public readonly int MailboxLines => NeedsSeparator ? 0 : _mailboxLines;

    public bool HasDate { get; private set; }

    public bool HasMessageId { get; private set; }

    /// <summary>Where the value of the first Subject field stands in the message, with its folds; empty if there is none.</summary>
    public readonly Range Subject => _subject;

    /// <summary>The same for Message-ID.</summary>
    public readonly Range MessageId => _messageId;

    /// <summary>The value of a Traceparent field.</summary>
    public string? Traceparent { get; private set; }

    /// <summary>
    /// True if the content does not begin with a header field or an empty line: fields put before it must then end with an empty line, or its
    /// first line would be taken for part of them.
    /// </summary>
    public bool NeedsSeparator { get; private set; }

    /// <summary>Goes on where it stopped, in a buffer that holds everything from the start of the message.</summary>
    /// <returns>True when the header is over.</returns>
    public bool Scan(ReadOnlySpan<byte> message)
    {
        while (true)
        {
            var end = message[_searched..].IndexOf((byte)'\n');
            if (end < 0)
            {
                _searched = message.Length;
                return false;
            }
            var next = _searched + end + 1;
            if (!TakeLine(message[_line..next].TrimEnd("\r\n"u8)))
                return true;
            _line = _searched = next;
        }
    }

    /// <summary>The message ended before its header did.</summary>
    public void End(ReadOnlySpan<byte> message)
    {
        if (_line < message.Length && TakeLine(message[_line..]))
            _line = message.Length;
    }

    /// <returns>False if the line is not of the header any more.</returns>
    private bool TakeLine(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty)
            return false;
        if (_line > 0 && line[0] is (byte)' ' or (byte)'\t')
        {
            if (_open == Field.Subject)
                _subject = _subject.Start..(_line + line.Length);
            else if (_open == Field.MessageId)
                _messageId = _messageId.Start..(_line + line.Length);
            return true;
        }
        _open = Field.Other;
        if (_fields == 0 && HeaderLine.IsMailboxLine(line))
        {
            _mailboxLines++;
            return true;
        }
        if (!HeaderLine.TryReadName(line, out var name, out var value))
        {
            NeedsSeparator = _fields == 0;
            return false;
        }
        _fields++;
        Note(name, value, (_line + line.Length - value.Length)..(_line + line.Length));
        return true;
    }

    private void Note(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, Range place)
    {
        if (Ascii.EqualsIgnoreCase(name, "Received"u8))
            Received++;
        else if (Ascii.EqualsIgnoreCase(name, "Date"u8))
            HasDate = true;
        else if (Ascii.EqualsIgnoreCase(name, "Message-ID"u8))
            (_open, _messageId, HasMessageId) = HasMessageId ? (Field.Other, _messageId, true) : (Field.MessageId, place, true);
        else if (Ascii.EqualsIgnoreCase(name, "Subject"u8) && _subject.Equals(default))
            (_open, _subject) = (Field.Subject, place);
        else if (Ascii.EqualsIgnoreCase(name, "Traceparent"u8) && value.Length < 100)
            Traceparent = Encoding.ASCII.GetString(value).Trim();
    }

    /// <summary>The caller's trace, if the message names one (W3C Trace Context §3.2).</summary>
    public readonly ActivityContext ParentTrace() =>
        ActivityContext.TryParse(Traceparent, null, isRemote: true, out var context) ? context : default;
}

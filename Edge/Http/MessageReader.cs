using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Slimta.Smtp;

namespace Slimta.Edge.Http;

/// <summary>
/// Reads a message as JSON. It counts as it reads, so that a request costs no more than its limits allow, and it stops where the client is
/// gone. A member that is not known, or comes twice, is refused: its sender meant something by it.
/// </summary>
internal ref struct MessageReader
{
    private readonly FieldErrors _errors;
    private readonly int _maxRecipients;
    private readonly CancellationToken _cancellationToken;
    private Utf8JsonReader _json;
    private int _recipients;

    private MessageReader(ReadOnlySequence<byte> json, int maxRecipients, FieldErrors errors, CancellationToken cancellationToken)
    {
        _json = new(json, new JsonReaderOptions { MaxDepth = 8 });
        _maxRecipients = maxRecipients;
        _errors = errors;
        _cancellationToken = cancellationToken;
    }

    /// <returns>Null if <paramref name="errors"/> says what is wrong.</returns>
    public static MessageRequest? Read(ReadOnlySequence<byte> json, int maxRecipients, FieldErrors errors, CancellationToken cancellationToken)
    {
        var reader = new MessageReader(json, maxRecipients, errors, cancellationToken);
        try
        {
            var request = reader.Message();
            // Nothing but white space may follow.
            if (!errors.Any && reader._json.Read())
                errors.Add("$", Misfit);
            return errors.Any ? null : request;
        }
        catch (JsonException)
        {
            errors.Add("$", Misfit);
            return null;
        }
    }

    private const string Misfit = "Not the JSON that is expected here.";

    private MessageRequest? Message()
    {
        if (!_json.Read() || _json.TokenType != JsonTokenType.StartObject)
        {
            _errors.Add("$", "An object is needed.");
            return null;
        }
        string? from = null, subject = null, text = null, html = null;
        List<string>? to = null, cc = null, bcc = null;
        List<MessageAttachment>? attachments = null;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (Member("", seen) is { } name)
        {
            switch (name)
            {
                case "from": from = Text(name); break;
                case "to": to = Addresses(name); break;
                case "cc": cc = Addresses(name); break;
                case "bcc": bcc = Addresses(name); break;
                case "subject": subject = Text(name); break;
                case "text": text = Text(name); break;
                case "html": html = Text(name); break;
                case "attachments": attachments = Attachments(); break;
                default: Unknown(name); break;
            }
            if (_errors.Any)
                return null;
        }
        return new(from, to, cc, bcc, subject, text, html, attachments);
    }

    /// <summary>The next member's name; null where the object ends. Its value is read next.</summary>
    private string? Member(string within, HashSet<string> seen)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        _json.Read();
        if (_json.TokenType == JsonTokenType.EndObject)
            return null;
        var name = String("$") ?? throw new JsonException();
        if (!seen.Add(name))
            throw new JsonException();
        _json.Read();
        return within + name;
    }

    private readonly void Unknown(string field) => _errors.Add(Printable.Text(field.Length > 100 ? field[..100] : field), "Not known here.");

    private string? Text(string field)
    {
        if (_json.TokenType == JsonTokenType.Null)
            return null;
        if (_json.TokenType == JsonTokenType.String)
            return String(field);
        _errors.Add(field, "A string is needed.");
        return null;
    }

    /// <summary>Half of a surrogate pair, or bytes that are no UTF-8, can stand in JSON and not in a string.</summary>
    private readonly string? String(string field)
    {
        try
        {
            return _json.GetString();
        }
        catch (InvalidOperationException)
        {
            _errors.Add(field, "Not text: half of a surrogate pair, or no UTF-8.");
            return null;
        }
    }

    private List<string>? Addresses(string field)
    {
        if (!Array(field))
            return null;
        var addresses = new List<string>();
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray && !_errors.Any)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            if (++_recipients > _maxRecipients)
                _errors.AddTooMany(field, _maxRecipients);
            else
                addresses.Add(Text($"{field}[{addresses.Count}]") ?? "");
        }
        return addresses;
    }

    private List<MessageAttachment>? Attachments()
    {
        const int Most = 1000;
        if (!Array("attachments"))
            return null;
        var attachments = new List<MessageAttachment>();
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray && !_errors.Any)
        {
            var field = $"attachments[{attachments.Count}]";
            if (attachments.Count == Most)
                _errors.Add("attachments", $"At most {Most} are allowed.");
            else if (_json.TokenType != JsonTokenType.StartObject)
                _errors.Add(field, "An object is needed.");
            else
                attachments.Add(Attachment(field));
        }
        return attachments;
    }

    private MessageAttachment Attachment(string field)
    {
        string? name = null, contentType = null;
        byte[]? content = null;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (!_errors.Any && Member("", seen) is { } member)
        {
            switch (member)
            {
                case "name": name = Text($"{field}.name"); break;
                case "contentType": contentType = Text($"{field}.contentType"); break;
                case "content": content = Bytes($"{field}.content"); break;
                default: Unknown($"{field}.{member}"); break;
            }
        }
        return new(name, contentType, content);
    }

    private byte[]? Bytes(string field)
    {
        if (_json.TokenType == JsonTokenType.Null)
            return null;
        if (_json.TokenType == JsonTokenType.String && TryBase64(out var bytes))
            return bytes;
        _errors.Add(field, "A string in base64 is needed.");
        return null;
    }

    private readonly bool TryBase64([NotNullWhen(true)] out byte[]? bytes)
    {
        try
        {
            return _json.TryGetBytesFromBase64(out bytes);
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, as in String.
            bytes = null;
            return false;
        }
    }

    private readonly bool Array(string field)
    {
        if (_json.TokenType == JsonTokenType.StartArray)
            return true;
        if (_json.TokenType != JsonTokenType.Null)
            _errors.Add(field, "An array is needed.");
        return false;
    }
}

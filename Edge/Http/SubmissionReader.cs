using System.Security.Cryptography;
using System.Text;
using Slimta.Smtp;
using Slimta.Storage;

namespace Slimta.Edge.Http;

/// <summary>Reads who sends to whom from a request's query and header fields.</summary>
internal static class SubmissionReader
{
    private const int MaxKeyLength = 200;

    /// <summary>python-slimta's header fields, with addresses in base64.</summary>
    public const string SlimtaSender = "X-Envelope-Sender";
    public const string SlimtaRecipient = "X-Envelope-Recipient";
    public const string SlimtaEhlo = "X-Ehlo";

    public static bool IsSlimta(HttpRequest request) =>
        request.Headers.ContainsKey(SlimtaRecipient) || request.Headers.ContainsKey(SlimtaSender);

    /// <summary>Query parameters "sender" and "recipient", or the fields Mail-From and Rcpt-To; recipients any number of times.</summary>
    public static Submission? Read(HttpRequest request, string? keyName, int maxRecipients, FieldErrors errors)
    {
        var sender = request.Query.TryGetValue("sender", out var asked) ? asked.ToString() : request.Headers["Mail-From"].FirstOrDefault();
        var recipients = request.Query.TryGetValue("recipient", out var to) ? to.ToArray() : [.. Listed(request.Headers["Rcpt-To"])];
        if (sender is null)
            errors.Add("sender", "The query parameter 'sender' or the field Mail-From is needed; empty for the null sender.");
        var envelope = Check(sender == "<>" ? "" : sender ?? "", recipients, maxRecipients, errors);
        return envelope is var (from, rcpts, utf8) && TryReadKey(request, keyName, errors, out var idempotencyKey)
            ? new(from, rcpts, Client(request, keyName), idempotencyKey, utf8)
            : null;
    }

    /// <summary>As python-slimta's HttpRelay sends it: each recipient its own field, or several in one with commas.</summary>
    public static Submission? ReadSlimta(HttpRequest request, string? keyName, int maxRecipients, FieldErrors errors)
    {
        var sender = Decode(request.Headers[SlimtaSender].ToString(), SlimtaSender, errors);
        var recipients = Listed(request.Headers[SlimtaRecipient]).Take(maxRecipients + 1).Select(r => Decode(r, SlimtaRecipient, errors)).ToArray();
        if (errors.Any || Check(sender!, recipients, maxRecipients, errors) is not var (from, rcpts, utf8))
            return null;
        return new(from, rcpts, Client(request, keyName), null, utf8);
    }

    public static ClientInfo Client(HttpRequest request, string? keyName)
    {
        var ehlo = request.Headers[SlimtaEhlo].ToString();
        var ip = request.HttpContext.Connection.RemoteIpAddress;
        return new()
        {
            Ip = (ip is { IsIPv4MappedToIPv6: true } ? ip.MapToIPv4() : ip)?.ToString(),
            HeloName = SmtpMailbox.IsDomain(ehlo) || SmtpMailbox.IsLiteral(ehlo) ? ehlo : null,
            Protocol = request.IsHttps ? "HTTPS" : "HTTP",
            AuthenticatedAs = keyName,
            Trust = keyName is null ? TrustedAs.Network : TrustedAs.ApiKey,
        };
    }

    public static bool TryReadKey(HttpRequest request, string? keyName, FieldErrors errors, out string? key)
    {
        key = null;
        if (!request.Headers.TryGetValue("Idempotency-Key", out var values))
            return !errors.Any;
        var text = values.ToString();
        if (text.Length is 0 or > MaxKeyLength)
            errors.Add("Idempotency-Key", $"It must have 1 to {MaxKeyLength} characters.");
        key = $"{keyName}/{text}";
        // The queue's keys have 255 characters at most, and names have any number.
        if (key.Length > 255)
            key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
        return !errors.Any;
    }

    private static (string Sender, IReadOnlyList<Recipient> Recipients, bool Utf8)? Check(string sender, string?[] recipients, int maxRecipients, FieldErrors errors)
    {
        var utf8 = false;
        if (sender.Length > 0 && !IsAddress(sender, ref utf8))
            errors.Add("sender", "Not an address.");
        if (recipients.Length == 0)
            errors.Add("recipient", "At least one is needed.");
        if (recipients.Length > maxRecipients)
            errors.AddTooMany("recipient", maxRecipients);
        var checkedOnes = new RecipientList();
        for (var i = 0; i < recipients.Length && !errors.Any; i++)
        {
            if (IsAddress(recipients[i], ref utf8))
                checkedOnes.Add(recipients[i]!);
            else
                errors.Add($"recipient[{i}]", "Not an address.");
        }
        return errors.Any ? null : (sender, checkedOnes.Recipients, utf8);
    }

    private static bool IsAddress(string? text, ref bool utf8)
    {
        if (!SmtpMailbox.TryParseLenient(text, out var mailbox) || mailbox.Domain.Length == 0)
            return false;
        utf8 |= !mailbox.IsAscii;
        return true;
    }

    private static IEnumerable<string> Listed(IEnumerable<string?> values) =>
        values.SelectMany(value => (value ?? "").Split([',', ';'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    private static string? Decode(string base64, string field, FieldErrors errors)
    {
        try
        {
            return new UTF8Encoding(false, true).GetString(Convert.FromBase64String(base64));
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            errors.Add(field, "Not base64 of UTF-8.");
            return null;
        }
    }
}

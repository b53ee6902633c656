using System.Text;

namespace Slimta.Smtp.Server;

/// <summary>The challenges and responses of AUTH (RFC 4954 §4), up to a user's name and password.</summary>
/// <param name="readLine">The client's next line; null if it is no text.</param>
internal sealed class SaslExchange(SmtpWire wire, Func<ValueTask<string?>> readLine)
{
    /// <summary>RFC 4954 §4: octets that a line of base64 may have.</summary>
    public const int MaxLine = 12288;

    private static readonly SmtpReply AskUser = new(334, null, "VXNlcm5hbWU6");
    private static readonly SmtpReply AskPassword = new(334, null, "UGFzc3dvcmQ6");
    private static readonly SmtpReply AskPlain = new(334, null, "");

    /// <summary>The credentials, or why there are none.</summary>
    /// <param name="argument">Of AUTH: the mechanism, and perhaps the first response.</param>
    public async ValueTask<((string User, string Password)? Credentials, SmtpReply? Refusal)> RunAsync(string argument)
    {
        var space = argument.IndexOf(' ');
        var initial = space < 0 ? null : argument[(space + 1)..].Trim(' ');
        return (space < 0 ? argument : argument[..space]).ToUpperInvariant() switch
        {
            "PLAIN" => await PlainAsync(initial),
            "LOGIN" => await LoginAsync(initial),
            _ => (null, Replies.BadMechanism),
        };
    }

    /// <summary>RFC 4616: an identity to act as, the user, the password, with NULs between.</summary>
    private async ValueTask<((string User, string Password)?, SmtpReply?)> PlainAsync(string? initial)
    {
        var (message, refusal) = await AskAsync(AskPlain, initial);
        if (message is null)
            return (null, refusal);
        var parts = message.Split('\0');
        // No user may act as another here.
        if (parts.Length != 3 || parts[1].Length == 0 || (parts[0].Length > 0 && parts[0] != parts[1]))
            return (null, Replies.BadBase64);
        return ((parts[1], parts[2]), null);
    }

    private async ValueTask<((string User, string Password)?, SmtpReply?)> LoginAsync(string? initial)
    {
        var (user, refusal) = await AskAsync(AskUser, initial);
        if (user is null)
            return (null, refusal);
        (var password, refusal) = await AskAsync(AskPassword, null);
        return password is null ? (null, refusal) : ((user, password), null);
    }

    /// <summary>One challenge and its response; a client may send the first response with the command, "=" if it is empty.</summary>
    private async ValueTask<(string?, SmtpReply?)> AskAsync(SmtpReply challenge, string? response)
    {
        if (string.IsNullOrEmpty(response))
        {
            wire.Write(challenge);
            response = await readLine();
        }
        if (response == "*")
            return (null, Replies.Cancelled);
        var octets = new byte[response?.Length ?? 0];
        if (response is null || (response != "=" && !Convert.TryFromBase64String(response, octets, out _)))
            return (null, Replies.BadBase64);
        var length = response == "=" ? 0 : Convert.FromBase64String(response).Length;
        try
        {
            return (new UTF8Encoding(false, true).GetString(octets.AsSpan(0, length)), null);
        }
        catch (DecoderFallbackException)
        {
            return (null, Replies.BadBase64);
        }
    }
}

using System.Net;
using MailKit.Security;

namespace Slimta.Smtp.Client;

/// <summary>AUTH (RFC 4954) with the mechanisms of MailKit.</summary>
internal sealed partial class SmtpConnection
{
    /// <summary>Mechanisms that prove the password without sending it, then those that send it. We have no tokens as credentials.</summary>
    private static readonly string[] Preference = ["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "DIGEST-MD5", "PLAIN", "LOGIN"];

    private async Task AuthenticateAsync(Security security)
    {
        var sasl = Choose(security);
        var command = $"AUTH {sasl.MechanismName}";
        if (sasl.SupportsInitialResponse)
            command += $" {(await sasl.ChallengeAsync(null, _abort.Token) is { Length: > 0 } first ? first : "=")}";
        Write(command + "\r\n");
        var reply = await RoundTripAsync(SmtpStage.Authenticate, _settings.Timeouts.Command);
        while (reply.Code == 334)
        {
            Write(await AnswerAsync(sasl, reply.Text) + "\r\n");
            reply = await RoundTripAsync(SmtpStage.Authenticate, _settings.Timeouts.Command);
        }
        if (!reply.IsPositive)
            throw Refused(SmtpStage.Authenticate, reply, LoginRefused);
    }

    private async Task<string> AnswerAsync(SaslMechanism sasl, string challenge)
    {
        try
        {
            return await sasl.ChallengeAsync(challenge, _abort.Token);
        }
        catch (Exception e) when (e is SaslException or FormatException)
        {
            throw new SmtpSessionException(SmtpStage.Authenticate, $"{sasl.MechanismName}: {e.Message} (AUTH)", inner: e);
        }
    }

    /// <summary>The strongest that both sides know.</summary>
    private SaslMechanism Choose(Security security)
    {
        var offered = Capabilities.Mechanisms;
        var name = Preference.FirstOrDefault(offered.Contains);
        if (name is not null)
            return SaslMechanism.Create(name, new NetworkCredential(security.Credentials!.UserName, security.Credentials.Password))!;
        throw new SmtpSessionException(SmtpStage.Authenticate,
            $"The server offers no AUTH mechanism that we know ({string.Join(' ', offered)}) (AUTH).");
    }
}

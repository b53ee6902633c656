using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Slimta.Chaos.Mail;

namespace Slimta.Chaos.Sink;

/// <summary>What a message that arrived says about itself.</summary>
internal static partial class Received
{
    public static Arrival Read(ReadOnlySpan<byte> content, Arrival envelope)
    {
        if (envelope.IsReport)
        {
            var report = Encoding.Latin1.GetString(content);
            return envelope with
            {
                // from.<token>@sender.test
                Token = envelope.Recipients[0].Split('.', '@')[1],
                MessageId = MessageId().Match(report).Groups["id"].Value,
                Failed = [.. FailedRecipient().Matches(report).Select(match => match.Groups["address"].Value)],
            };
        }
        var start = content.IndexOf(Encoding.ASCII.GetBytes(TestMessage.FirstField));
        if (start < 0)
            return envelope with { Token = "none", Hash = "none" };
        var original = content[start..];
        var token = original[TestMessage.FirstField.Length..];
        return envelope with
        {
            Id = QueueId().Match(Encoding.Latin1.GetString(content[..start])).Groups["id"].Value,
            Token = Encoding.ASCII.GetString(token[..token.IndexOf((byte)'\r')]),
            Hash = Convert.ToHexString(SHA256.HashData(original)),
        };
    }

    /// <summary>In the first Received, which is the edge's.</summary>
    [GeneratedRegex(@"^\s+id (?<id>[0-9a-z-]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex QueueId();

    [GeneratedRegex(@"^Message-I[dD]:\s*<(?<id>[^>]+)>", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex MessageId();

    /// <summary>RFC 3464 §2.3: of those groups of fields that say "failed".</summary>
    [GeneratedRegex(@"^Final-Recipient: rfc822; (?<address>\S+)\r\nAction: failed", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex FailedRecipient();
}

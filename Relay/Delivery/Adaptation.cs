using System.Text;
using Slimta.Smtp.Client;
using Slimta.Domains;
using Slimta.Storage;

namespace Slimta.Relay.Delivery;

/// <summary>
/// Adapts a message to the server at hand: 8-bit bodies encoded where it lacks 8BITMIME, lines that are too long encoded,
/// domains in ASCII, BDAT where lines end oddly. If that cannot be done, refuses it for the recipients concerned.
/// </summary>
internal static class Adaptation
{
    /// <param name="recipients">Those that are refused are taken out of it, with their results in <paramref name="refused"/>.</param>
    /// <returns>The transaction, with the recipients in their order; null if there is none to make.</returns>
    public static async ValueTask<OutgoingMail?> AdaptAsync(
        QueuedMessage message, List<Recipient> recipients, SmtpConnection connection, ContentVariants content,
        List<RecipientResult> refused, CancellationToken cancellationToken)
    {
        var server = connection.Capabilities;
        var sender = Address(message.Envelope.Sender, server);
        Accept(recipients, connection, refused);
        if (recipients.Count == 0)
            return null;
        if (sender is null || !EnvelopeCommands.IsSendable(sender))
            return Refuse("5.6.7", "The sender's address is internationalized and the server does not offer SMTPUTF8 (RFC 6531 §3.5).");

        // Content that is not in memory is only read for this where the answer matters: it is as much work as sending it.
        var original = await content.OriginalAsync(cancellationToken);
        var declaredUtf8 = message.Envelope.Parameters.ContainsKey("SMTPUTF8");
        var needsUtf8 = !Ascii.IsValid(sender) || recipients.Exists(taker => !Ascii.IsValid(taker.Address));
        var needsTraits = !server.EightBitMime || server.BinaryMime || (!server.Utf8 && declaredUtf8);
        var isKnown = needsTraits || original.TryGetMemory(out _);
        var traits = isKnown ? await content.TraitsAsync(cancellationToken) : new ContentTraits(
            // An undeclared 8-bit header has no consequence.
            HeaderHas8Bit: declaredUtf8 && !needsUtf8 && await content.HeaderHas8BitAsync(cancellationToken),
            BodyHas8Bit: true, HasBareLineEnd: false, content.HasLongLine);
        var isLong = traits.HasLongLine && content.EncodesLongLines;

        var mail = new OutgoingMail
        {
            Sender = sender,
            Recipients = Outgoing(recipients),
            Content = original.ToOutgoing(),
            Parameters = message.Envelope.Parameters,
            Body = traits.Has8Bit && server.EightBitMime ? BodyKind.EightBit : BodyKind.SevenBit,
            LimitLines = !isKnown && !isLong && content.EncodesLongLines,
            // RFC 6531 §3.4: a header that is just 8-bit, and was not declared to be UTF-8, passes as it came, as it always has.
            Utf8 = server.Utf8 && (needsUtf8 || (declaredUtf8 && traits.HeaderHas8Bit)),
        };
        if (traits.HasBareLineEnd || (isLong && server.Chunking && server.BinaryMime))
        {
            if (!server.Chunking || !server.BinaryMime)
                return Refuse("5.6.3", "The content has a CR or LF that is not a CRLF, which SMTP cannot carry (RFC 5321 §2.3.8), and the server does not offer BINARYMIME.");
            mail = mail with { Body = BodyKind.Binary };
        }
        else if (traits.HeaderHas8Bit && declaredUtf8 && !server.Utf8)
        {
            return Refuse("5.6.9", "The header is internationalized and the server does not offer SMTPUTF8 (RFC 6531 §3.5).");
        }
        else if (traits.BodyHas8Bit && !server.EightBitMime)
        {
            if (await content.SevenBitAsync(cancellationToken) is not { } sevenBit)
                return Refuse("5.6.3", "The content is 8-bit, cannot be encoded without loss, and the server does not offer 8BITMIME (RFC 6152 §3).");
            mail = mail with { Content = sevenBit.ToOutgoing(), Body = BodyKind.SevenBit };
        }
        else if (isLong && await content.ShortLinesAsync(cancellationToken) is { } shortLines)
        {
            mail = mail with { Content = shortLines.ToOutgoing(), Body = traits.HeaderHas8Bit ? mail.Body : BodyKind.SevenBit };
        }
        if (server.MaxSize > 0 && mail.Content.Length > server.MaxSize)
            return Refuse("5.3.4", $"The message has {mail.Content.Length} bytes and the server takes {server.MaxSize} (RFC 1870 §6.1).");
        return mail;

        OutgoingMail? Refuse(string status, string problem)
        {
            refused.AddRange(recipients.Select(taker => At(connection, RecipientResults.Refused(taker, status, problem))));
            return null;
        }
    }

    /// <summary>Leaves those that the server can take, with their addresses as it can take them.</summary>
    private static void Accept(List<Recipient> recipients, SmtpConnection connection, List<RecipientResult> refused)
    {
        var kept = 0;
        for (var i = 0; i < recipients.Count; i++)
        {
            var recipient = recipients[i];
            if (!EnvelopeCommands.IsSendable(recipient.Address))
                refused.Add(At(connection, RecipientResults.Refused(recipient, "5.1.3", "This is not an address that SMTP can carry.")));
            else if (Address(recipient.Address, connection.Capabilities) is not { } address)
                refused.Add(At(connection, RecipientResults.Refused(recipient, "5.6.7", "The address is internationalized and the server does not offer SMTPUTF8 (RFC 6531 §3.5).")));
            else
                recipients[kept++] = ReferenceEquals(address, recipient.Address) ? recipient : recipient with { Address = address };
        }
        recipients.RemoveRange(kept, recipients.Count - kept);
    }

    private static OutgoingRecipient[] Outgoing(List<Recipient> recipients)
    {
        var outgoing = new OutgoingRecipient[recipients.Count];
        for (var i = 0; i < outgoing.Length; i++)
            outgoing[i] = new(recipients[i].Address, recipients[i].Parameters);
        return outgoing;
    }

    /// <summary>A domain can go as A-labels (RFC 6531 §3.2) and then needs no SMTPUTF8 anywhere; a local part cannot.</summary>
    private static string? Address(string address, Capabilities server)
    {
        if (Ascii.IsValid(address))
            return address;
        var at = address.LastIndexOf('@');
        if (at > 0 && Ascii.IsValid(address.AsSpan(0, at)) && DomainName.Normalize(address[(at + 1)..]) is { } domain)
            return $"{address[..at]}@{domain}";
        return server.Utf8 ? address : null;
    }

    private static RecipientResult At(SmtpConnection connection, RecipientResult result) => result with
    {
        Host = connection.Target.Host,
        Address = connection.Target.AddressText,
        Tls = connection.Tls,
    };
}

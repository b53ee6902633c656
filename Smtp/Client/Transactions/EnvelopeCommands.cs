using System.IO.Pipelines;
using System.Text;

namespace Slimta.Smtp.Client;

/// <summary>MAIL and RCPT (RFC 5321 §4.1.1.2, §4.1.1.3) with the parameters that the server knows.</summary>
internal static class EnvelopeCommands
{
    private static readonly System.Buffers.SearchValues<char> NotInAddress = System.Buffers.SearchValues.Create(
        "\0\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000B\f\r\u000E\u000F\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001A\u001B\u001C\u001D\u001E\u001F\u007F <>");

    public static void Mail(PipeWriter output, OutgoingMail transaction, Capabilities server)
    {
        Write(output, "MAIL FROM:<", transaction.Sender, ">");
        if (server.Size)
            Write(output, $" SIZE={transaction.Content.Length}");
        if (transaction.Body == BodyKind.Binary)
            Write(output, " BODY=BINARYMIME");
        else if (transaction.Body == BodyKind.EightBit && server.EightBitMime)
            Write(output, " BODY=8BITMIME");
        if (transaction.Utf8)
            Write(output, " SMTPUTF8");
        if (server.Dsn)
        {
            Parameter(output, transaction.Parameters, "RET");
            Parameter(output, transaction.Parameters, "ENVID");
        }
        Write(output, "\r\n");
    }

    /// <param name="utf8">The transaction is one with SMTPUTF8.</param>
    public static void Recipient(PipeWriter output, OutgoingRecipient recipient, Capabilities server, bool utf8)
    {
        Write(output, "RCPT TO:<", recipient.Address, ">");
        if (server.Dsn)
        {
            Parameter(output, recipient.Parameters, "NOTIFY");
            Parameter(output, recipient.Parameters, "ORCPT", utf8);
        }
        Write(output, "\r\n");
    }

    /// <summary>
    /// True if the address cannot end the path early and add its own parameters. In a quoted local part spaces and angle
    /// brackets are allowed (RFC 5321 §4.1.2); control characters nowhere.
    /// </summary>
    public static bool IsSendable(string address)
    {
        if (!address.AsSpan().ContainsAny(NotInAddress))
            return true;
        var at = address.LastIndexOf('@');
        if (address.Any(char.IsControl) || at < 2 || address[0] != '"' || address[at - 1] != '"' || address.AsSpan(at).ContainsAny(NotInAddress))
            return false;
        for (var i = 1; i < at - 1; i++)
        {
            if (address[i] == '"' || (address[i] == '\\' && ++i == at - 1))
                return false;
        }
        return true;
    }

    private static void Parameter(PipeWriter output, IReadOnlyDictionary<string, string> parameters, string keyword, bool utf8 = false)
    {
        if (parameters.Count > 0 && parameters.TryGetValue(keyword, out var value) && !value.AsSpan().ContainsAny(NotInAddress))
            Write(output, $" {keyword}={(utf8 || Ascii.IsValid(value) ? value : InAscii(value))}");
    }

    /// <summary>Only an address of the type "utf-8" may have more (RFC 6533 §3).</summary>
    private static string InAscii(string value)
    {
        var address = value.IndexOf(';') + 1;
        return value[..address] + Xtext.EncodeUtf8(value[address..]);
    }

    private static void Write(PipeWriter output, string text) => Encoding.UTF8.GetBytes(text, output);

    private static void Write(PipeWriter output, string before, string text, string after)
    {
        Write(output, before);
        Write(output, text);
        Write(output, after);
    }
}

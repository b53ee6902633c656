using Slimta.Fuzz.Targets;

namespace Slimta.Fuzz;

/// <summary>What reads bytes of a stranger. It throws, in a way that is not its contract, where the reader has a defect.</summary>
/// <param name="Words">Byte strings that mean something to the reader.</param>
/// <param name="BytesPerByte">Memory that an octet of input may cost, besides 1 MiB.</param>
internal sealed record Target(Action<byte[]> Read, string[] Words, int BytesPerByte = 2000)
{
    public static IReadOnlyDictionary<string, Target> All { get; } = new SortedDictionary<string, Target>(StringComparer.Ordinal)
    {
        ["address"] = new(AddressTarget.Read, ["@", "\"", "\\", ".", "[IPv6:", "]", "xn--", "postmaster", "bücher", "\u00ad", "。", "@a.test:", "+2B"]),
        ["command"] = new(CommandTarget.Read, ["MAIL FROM:<", "RCPT TO:<", ">", " SIZE=", " BODY=8BITMIME", " SMTPUTF8", " RET=FULL", " ENVID=", " AUTH=<>", " NOTIFY=SUCCESS,DELAY", " ORCPT=rfc822;", "utf-8;", "+2B", "\t"]),
        ["content"] = new(ContentTarget.Read, ["\r\n.\r\n", "\r\n", ".", "..", "\r", "\n", "\0", "\r\n.\n"]),
        ["envelope"] = new(EnvelopeTarget.Read, ["Mail-From: ", "Rcpt-To: ", "X-Envelope-Sender: ", "X-Envelope-Recipient: ", "X-Ehlo: ", "Idempotency-Key: ", "?sender=", "&recipient=", "%40", "YUBhLnRlc3Q=", ","]),
        ["header"] = new(HeaderTarget.Read, ["\r\n", "From: ", "Received: ", "Date: ", "Message-ID: <", " ", "\t", "From a@b Thu", ">From ", "<a@a.test>", "(", ")", "\"", ","]),
        ["json"] = new(JsonTarget.Read, ["{", "}", "[", "]", "\"from\":", "\"to\":", "\"cc\":", "\"bcc\":", "\"subject\":", "\"text\":", "\"html\":", "\"attachments\":", "\"name\":", "\"contentType\":", "\"content\":", "\"a@b.test\"", "\\ud83d", "\\u0000", "null", "message/rfc822", "; charset=", "=?utf-8?q?=00?="], 20_000),
        ["mime"] = new(MimeTarget.Read, ["Content-Type: ", "multipart/mixed; boundary=b", "multipart/signed; boundary=b", "message/rfc822", "text/plain; charset=", "Content-Transfer-Encoding: ", "base64", "quoted-printable", "--b", "--b--", "\r\n", "\r\n\r\n", "ü", "=\r\n", "begin 644 a"], 20_000),
        ["proxy"] = new(ProxyTarget.Read, ["PROXY ", "TCP4 ", "TCP6 ", "UNKNOWN", "1.2.3.4 ", "::1 ", "25\r\n", "\r\n\r\n\0\r\nQUIT\n", "\x21\x11\0\x0c", "\x21\x21\0\x24"]),
        ["reply"] = new(ReplyTarget.Read, ["250-", "250 ", "550 5.1.1 ", "\r\n", "\n", "421", "-", "\t", "SIZE 99999999999999999999", "AUTH=LOGIN", "AUTH PLAIN", "PIPELINING", "ü"]),
        ["report"] = new(ReportTarget.Read, ["\r\n", "Subject: ", "rfc822;", "utf-8;", "+2B", "\\x{FC}", "ü", "=?utf-8?q?=00?=", "550 5.1.1 ", "@", "\0", "\u2028"], 20_000),
        ["session"] = new(SessionTarget.Read, ["EHLO a.test\r\n", "HELO a\r\n", "MAIL FROM:<a@a.test>\r\n", "RCPT TO:<b@b.test>\r\n", "DATA\r\n", "\r\n.\r\n", "BDAT 5\r\n", "BDAT 3 LAST\r\n", "AUTH PLAIN AGEAYg==\r\n", "AUTH LOGIN\r\n", "YQ==\r\n", "*\r\n", "RSET\r\n", "STARTTLS\r\n", "NOOP\r\n", "QUIT\r\n", "GET / HTTP/1.1\r\n"], 20_000),
        ["stored"] = new(StoredTarget.Read, ["{\"v\":1,", "\"recipients\":1,", "\"size\":", "\"sender\":", "\"to\":[", "\"client\":{", "\"protocol\":", "\"receiver\":", "\"received\":\"2026-11-26T00:00:00Z\"", "\"outcomes\":[", "\"0-4,7\"", "2147483647", "null", "-1"], 20_000_000),
    };
}

using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Slimta.Mailbox.Reading;

namespace Slimta.Mailbox;

/// <summary>
/// A message's HTML, for a frame without rights: no scripts, no forms, no origin, and no network. It stays so where it is opened by itself.
/// The key in its address is the message's: a frame cannot send one in a header field, and only clients that may read the message know it.
/// </summary>
internal static class MessageFrame
{
    private const string Policy =
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

    /// <summary>Of HTML that is shown: Gmail cuts after 102 KiB.</summary>
    private const int MostHtml = 4 * 1024 * 1024;

    public static string AddressOf(MailboxMessage message) => $"frames/{message.Id}/{message.FrameKey}";

    public static async Task<IResult> ShowAsync(string id, string key, HttpContext http, MailboxStore store)
    {
        var answer = http.Response.Headers;
        answer.ContentSecurityPolicy = Policy;
        answer["Referrer-Policy"] = "no-referrer";
        // A link that may be followed later is not looked up before.
        answer["X-DNS-Prefetch-Control"] = "off";
        if (store.Find(id) is not { } message || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(message.FrameKey), Encoding.UTF8.GetBytes(key)))
            return Results.Text("The message is no longer in the mailbox.", statusCode: 404);
        using var mail = await Mail.ReadAsync(message.Content, http.RequestAborted);
        if (mail.Html is not { } html)
            return Results.Text("The message has no HTML.", statusCode: 404);
        var (text, _) = PartContent.ReadText(html, MostHtml, http.RequestAborted);
        return Results.Content(SafeHtml.Write(text, new InlineImages(mail.Parts, http.RequestAborted)), "text/html; charset=utf-8");
    }
}

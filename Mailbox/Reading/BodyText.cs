using System.Text;
using MimeKit.Text;

namespace Slimta.Mailbox.Reading;

/// <summary>The words of a message: its text, or what its HTML says.</summary>
internal static class BodyText
{
    public static string Of(Mail mail, int most, CancellationToken cancellationToken) =>
        mail.Text is { } text ? PartContent.ReadText(text, most, cancellationToken).Text
        : mail.Html is { } html ? OfHtml(PartContent.ReadText(html, most, cancellationToken).Text)
        : "";

    private static string OfHtml(string html)
    {
        var words = new StringBuilder();
        using var reader = new StringReader(html);
        var tokens = new HtmlTokenizer(reader);
        var isShown = true;
        while (tokens.ReadNextToken(out var token))
        {
            if (token is HtmlTagToken tag)
            {
                isShown = tag.IsEndTag || tag.Id is not (HtmlTagId.Style or HtmlTagId.Title);
                words.Append(' ');
            }
            else if (isShown && token is HtmlDataToken { Kind: HtmlTokenKind.Data } data)
            {
                words.Append(data.Data);
            }
        }
        return words.ToString();
    }
}

using System.Collections.Frozen;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using MimeKit.Text;

namespace Slimta.Mailbox.Reading;

/// <summary>
/// Writes a message's HTML anew: known elements with known attributes, and text. The frame's policy and its sandbox guard the reader; this
/// removes elements that would only fail there, and those that use the network past a policy (a link element resolves names).
/// </summary>
internal sealed partial class SafeHtml(InlineImages images)
{
    /// <summary>Text is sans serif by default; a style of the message comes later and wins.</summary>
    private const string Style = "<style>body{margin:12px;font:15px/1.5 system-ui,sans-serif;color:#000;background:#fff;overflow-wrap:break-word}</style>";

    private static readonly FrozenSet<string> Elements = Words("""
        a abbr acronym address article aside b bdi bdo big blockquote body br caption center cite code col colgroup dd del details dfn dir div dl
        dt em fieldset figcaption figure font footer h1 h2 h3 h4 h5 h6 head header hr html i img ins kbd legend li main mark menu nav ol p pre q
        rp rt ruby s samp section small span strike strong style sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr
        """);

    /// <summary>Their content is no text to read.</summary>
    private static readonly FrozenSet<string> Hidden =
        FrozenSet.ToFrozenSet(["script", "svg", "math", "iframe", "template", "noframes", "noembed", "title"], StringComparer.Ordinal);

    private static readonly FrozenSet<string> Attributes = Words("""
        abbr align alink alt aria-label axis bgcolor border cellpadding cellspacing char charoff class clear color cols colspan compact datetime dir
        face frame headers height hspace id lang link media name noshade nowrap open role rowspan rules scope size span start style summary text
        title type valign value vlink vspace width
        """);

    private readonly StringBuilder _to = new();
    private string? _skipped;
    private int _skippedDepth;
    private bool _inStyle;

    public static string Write(string html, InlineImages images)
    {
        var writer = new SafeHtml(images);
        using var reader = new StringReader(html);
        var tokens = new HtmlTokenizer(reader) { DecodeCharacterReferences = true, IgnoreTruncatedTags = true };
        var isFirst = true;
        while (tokens.ReadNextToken(out var token))
        {
            // Without it a page is shown by the rules of old.
            if (isFirst && token.Kind == HtmlTokenKind.DocType)
                writer._to.Append("<!doctype html>");
            else if (isFirst && token is HtmlDataToken { Data: var blank } && string.IsNullOrWhiteSpace(blank))
                continue;
            if (isFirst)
                writer._to.Append(Style);
            isFirst = false;
            writer.Write(token);
        }
        return writer._inStyle ? writer._to.Append("</style>").ToString() : writer._to.ToString();
    }

    private void Write(HtmlToken token)
    {
        if (token is HtmlTagToken tag)
        {
            var name = tag.Name.ToLowerInvariant();
            if (!Skips(name, tag) && Elements.Contains(name))
                WriteTag(name, tag);
        }
        else if (_skipped is null && token is HtmlDataToken { Kind: HtmlTokenKind.Data } data)
        {
            _to.Append(_inStyle ? StyleText(data.Data) : WebUtility.HtmlEncode(data.Data));
        }
    }

    /// <summary>True for a tag of an element that is hidden, and for all that is in it.</summary>
    private bool Skips(string name, HtmlTagToken tag)
    {
        if (_skipped is null)
        {
            if (tag.IsEndTag || !Hidden.Contains(name))
                return false;
            // Elsewhere in HTML the slash of an empty element means nothing.
            if (!tag.IsEmptyElement || name is not ("svg" or "math"))
                (_skipped, _skippedDepth) = (name, 1);
            return true;
        }
        if (name == _skipped && !tag.IsEmptyElement)
            _skippedDepth += tag.IsEndTag ? -1 : 1;
        if (_skippedDepth == 0)
            _skipped = null;
        return true;
    }

    private void WriteTag(string name, HtmlTagToken tag)
    {
        if (name == "style")
            _inStyle = !tag.IsEndTag;
        if (tag.IsEndTag)
        {
            _to.Append($"</{name}>");
            return;
        }
        _to.Append('<').Append(name);
        foreach (var attribute in tag.Attributes)
            WriteAttribute(name, attribute.Name.ToLowerInvariant(), attribute.Value ?? "");
        _to.Append('>');
    }

    private void WriteAttribute(string element, string name, string value)
    {
        if (Attributes.Contains(name))
            Put(name, value);
        else if ((name is "src" && element is "img") || name is "background")
        {
            if (images.Find(value.Trim()) is { } image)
                Put(name, image);
        }
        else if (name is "href" && element is "a")
        {
            if (value.StartsWith('#'))
                Put(name, value);
            else if (Uri.TryCreate(value.Trim(), UriKind.Absolute, out var url) && url.Scheme is "http" or "https" or "mailto" or "tel")
            {
                Put(name, url.AbsoluteUri);
                Put("target", "_blank");
                Put("rel", "noopener noreferrer");
            }
        }
    }

    private void Put(string name, string value) => _to.Append($" {name}=\"{WebUtility.HtmlEncode(value)}\"");

    /// <summary>Where a style begins, only its end tag ends it; so no tag is left in it. Old ones stand in a comment of HTML.</summary>
    private static string StyleText(string css) => Tag().Replace(css.Replace("<!--", "", StringComparison.Ordinal).Replace("-->", "", StringComparison.Ordinal), " ${next}");

    private static FrozenSet<string> Words(string words) =>
        words.Split((char[])[' ', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);

    [GeneratedRegex(@"<(?<next>[A-Za-z/!?]|\z)", RegexOptions.NonBacktracking)]
    private static partial Regex Tag();
}

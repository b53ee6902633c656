using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Slimta.Edge.Http;

/// <summary>
/// Lets requests bring as many recipients as a message may have, in any form, and some more: so that the endpoint refuses too many in words,
/// and not the web server without any. A larger limit that the web server has already is left alone.
/// </summary>
internal sealed class HttpLimits(IOptions<EdgeOptions> edge) : IPostConfigureOptions<KestrelServerOptions>
{
    /// <summary>A recipient in the query, as most are: encoded, with its name and the "&amp;". Of a field in base64: the field's name and the line end too.</summary>
    private const int RecipientBytes = 512;

    /// <summary>That a client sends beside the recipients: Kestrel's own limits.</summary>
    private const int OtherFields = 100;
    private const int OtherBytes = 32 * 1024;

    /// <summary>A web server holds a request's head in memory before we can look at it.</summary>
    private const int MostBytes = 8 * 1024 * 1024;

    /// <summary>A field that comes again and again is copied again and again.</summary>
    private const int MostFields = 20_000;

    public void PostConfigure(string? name, KestrelServerOptions options)
    {
        if (!edge.Value.Http.Enabled)
            return;
        var limits = options.Limits;
        var recipients = edge.Value.Smtp.Limits.MaxRecipients;
        var bytes = (int)Math.Min(OtherBytes + ((long)recipients * 2 * RecipientBytes), MostBytes);
        limits.MaxRequestHeaderCount = Math.Max(limits.MaxRequestHeaderCount, OtherFields + Math.Min(recipients * 10, MostFields));
        limits.MaxRequestHeadersTotalSize = Math.Max(limits.MaxRequestHeadersTotalSize, bytes);
        // Kestrel wants room for the longer of the two.
        limits.MaxRequestBufferSize = limits.MaxRequestBufferSize is { } buffer ? Math.Max(buffer, bytes) : null;
        limits.MaxRequestLineSize = Math.Max(limits.MaxRequestLineSize, bytes);
    }
}

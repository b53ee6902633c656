using System.Text;
using MimeKit;
using Slimta.Domains;
using Slimta.Storage;

namespace Slimta.Relay.Dkim;

/// <summary>
/// Signs outgoing content (RFC 6376), over its bytes. MimeKit verifies such signatures; its signer hashes its own rendering of a message, which
/// for awkward ones differs from the bytes sent, so the canonical form is made here.
/// </summary>
internal sealed class DkimSigning
{
    /// <summary>A longer header is not signed: it is no mail of a client that wants a signature.</summary>
    private const int MaxHeaderBytes = 256 * 1024;

    /// <summary>RFC 6376 §5.4.1, what a reader sees or a client acts on.</summary>
    private static readonly HashSet<string> Signed = new(StringComparer.OrdinalIgnoreCase)
    {
        "From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version",
        "Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Content-ID", "List-Unsubscribe", "List-Unsubscribe-Post",
    };

    /// <summary>Signs nothing.</summary>
    public static DkimSigning None { get; } = new(new Dictionary<string, DkimOptions[]>(), TimeProvider.System);

    private readonly Dictionary<string, (string Selector, DkimKey Key)[]> _keys = new(StringComparer.OrdinalIgnoreCase);
    private readonly TimeProvider _time;

    /// <exception cref="InvalidOperationException">A key cannot be used; the message names its setting.</exception>
    public DkimSigning(IReadOnlyDictionary<string, DkimOptions[]> options, TimeProvider time)
    {
        _time = time;
        foreach (var (domain, keys) in options)
            _keys[DomainName.Normalize(domain) ?? domain] = [.. keys.Select((key, i) => (DomainName.Normalize(key.Selector) ?? key.Selector, Load($"Relay:Dkim:{domain}:{i}", key)))];
    }

    public bool IsEmpty => _keys.Count == 0;

    /// <summary>The content with a signature on top for each key of the From field's domain or a parent of it; itself if there is none.</summary>
    public async Task<MessageContent> SignAsync(MessageContent content, CancellationToken cancellationToken)
    {
        using var body = new RelaxedBodyHash();
        if (await ReadAsync(content, body, cancellationToken) is not { } header)
            return content;
        var fields = HeaderFields.Split(header);
        if (KeysFor(fields) is not (var domain, { Length: > 0 } keys))
            return content;
        var bodyHash = Convert.ToBase64String(body.End());
        var signatures = string.Concat(keys.Select(key => Sign(fields, domain, key.Selector, key.Key, bodyHash)));
        return new PrefixedContent(Encoding.UTF8.GetBytes(signatures), content);
    }

    private static DkimKey Load(string key, DkimOptions options)
    {
        try
        {
            return DkimKey.Load(options.KeyFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or System.Security.Cryptography.CryptographicException)
        {
            throw new InvalidOperationException($"{key}:KeyFile '{options.KeyFile}' is not a usable private key: {e.Message}", e);
        }
    }

    private (string Domain, (string Selector, DkimKey Key)[] Keys)? KeysFor(List<(string Name, string Raw)> fields)
    {
        var from = fields.Where(field => field.Name.Equals("From", StringComparison.OrdinalIgnoreCase)).ToArray();
        if (from.Length != 1 || !InternetAddressList.TryParse(Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(from[0].Raw[(from[0].Raw.IndexOf(':', StringComparison.Ordinal) + 1)..])), out var addresses)
            || addresses.Mailboxes.FirstOrDefault()?.Address is not { } address)
        {
            return null;
        }
        for (var domain = DomainName.OfAddress(address); domain.Length > 0;)
        {
            if (_keys.TryGetValue(domain, out var keys))
                return (domain, keys);
            var dot = domain.IndexOf('.', StringComparison.Ordinal);
            domain = dot < 0 ? "" : domain[(dot + 1)..];
        }
        return null;
    }

    private string Sign(List<(string Name, string Raw)> fields, string domain, string selector, DkimKey key, string bodyHash)
    {
        var signed = fields.Where(field => Signed.Contains(field.Name)).ToList();
        // A name stands for the last field of that name not yet taken (§5.4.2), so they are listed from the bottom up; From once
        // more than it is there, so that none can be added (§8.15).
        signed.Reverse();
        var names = string.Join(':', signed.Select(field => field.Name).Append("From"));
        var signature = $"DKIM-Signature: v=1; a={key.Algorithm}; c=relaxed/relaxed; d={domain}; s={selector};\r\n"
            + $"\tt={_time.GetUtcNow().ToUnixTimeSeconds()}; h={names.Replace(":", ":\r\n\t ", StringComparison.Ordinal)};\r\n\tbh={bodyHash};\r\n\tb=";
        var data = new StringBuilder();
        foreach (var (_, raw) in signed)
            data.Append(HeaderFields.Relax(raw)).Append("\r\n");
        data.Append(HeaderFields.Relax(signature));
        var bytes = Convert.ToBase64String(key.Sign(Encoding.Latin1.GetBytes(data.ToString())));
        return $"{signature}{string.Join("\r\n\t ", bytes.Chunk(72).Select(part => new string(part)))}\r\n";
    }

    /// <summary>The header as Latin-1, which keeps every octet; the body goes into the hash.</summary>
    private static async Task<string?> ReadAsync(MessageContent content, RelaxedBodyHash body, CancellationToken cancellationToken)
    {
        var start = new MemoryStream();
        string? header = null;
        await foreach (var piece in content.ReadAsync(cancellationToken))
        {
            if (header is not null)
            {
                body.Write(piece.Span);
                continue;
            }
            start.Write(piece.Span);
            var read = start.GetBuffer().AsSpan(0, (int)start.Length);
            var end = read.StartsWith("\r\n"u8) ? 0 : read.IndexOf("\r\n\r\n"u8) is var found and >= 0 ? found + 2 : -1;
            if (end < 0 && start.Length > MaxHeaderBytes)
                return null;
            if (end < 0)
                continue;
            header = Encoding.Latin1.GetString(read[..end]);
            body.Write(read[(end + 2)..]);
        }
        return header ?? Encoding.Latin1.GetString(start.GetBuffer().AsSpan(0, (int)start.Length));
    }
}

/// <summary>Content with something before it.</summary>
internal sealed class PrefixedContent(ReadOnlyMemory<byte> prefix, MessageContent rest) : MessageContent
{
    public override long Length => prefix.Length + rest.Length;

    public override bool TryGetMemory(out ReadOnlyMemory<byte> content)
    {
        content = default;
        if (!rest.TryGetMemory(out var memory))
            return false;
        var whole = new byte[prefix.Length + memory.Length];
        prefix.CopyTo(whole);
        memory.CopyTo(whole.AsMemory(prefix.Length));
        content = whole;
        return true;
    }

    public override async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        yield return prefix;
        await foreach (var piece in rest.ReadAsync(cancellationToken))
            yield return piece;
    }
}

using MimeKit;

namespace Slimta.Mailbox.Reading;

/// <summary>A parsed message, unless parsing costs more than mail may.</summary>
internal sealed class Mail : IDisposable
{
    private static readonly ParserOptions Options = new() { MaxMimeDepth = MimeLimits.MaxDepth };

    private readonly MemoryStream? _source;
    private readonly MimeMessage? _message;

    private Mail(string problem) => (Problem, Parts) = (problem, []);

    private Mail(MemoryStream source, MimeMessage message)
    {
        (_source, _message) = (source, message);
        Parts = message.Body is null ? [] : [.. message.BodyParts];
        var texts = Parts.OfType<TextPart>().Where(part => !part.IsAttachment).ToList();
        Html = texts.Find(part => part.IsHtml);
        Text = texts.Find(part => part.IsPlain) ?? texts.Find(part => part != Html && part == message.Body);
    }

    /// <summary>Why it could not be parsed.</summary>
    public string? Problem { get; }

    /// <summary>The leaves of its tree, in their order; a message within it is one.</summary>
    public IReadOnlyList<MimeEntity> Parts { get; }

    public TextPart? Html { get; }

    public TextPart? Text { get; }

    /// <summary>All but the two that are shown.</summary>
    public IEnumerable<(int Index, MimeEntity Part)> Attachments => Parts.Index().Where(part => part.Item != Html && part.Item != Text);

    public static async Task<Mail> ReadAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (!await MimeLimits.AllowAsync(content, cancellationToken))
            return new("It has no header, or more parts, levels or fields than mail has. Look at its source.");
        var source = MimeLimits.Open(content);
        try
        {
            // The parts stay where they are: nothing is copied.
            return new(source, await MimeMessage.LoadAsync(Options, source, persistent: true, cancellationToken));
        }
        catch (FormatException)
        {
            await source.DisposeAsync();
            return new("It is no message that a mail program can read. Look at its source.");
        }
    }

    public void Dispose()
    {
        _message?.Dispose();
        _source?.Dispose();
    }
}

using System.Buffers;
using MimeKit;
using Slimta.Edge.Http;
using Slimta.Smtp;

namespace Slimta.Fuzz.Targets;

/// <summary>A message as JSON: an error that says why, or a message of whole lines whose header is ASCII where the envelope is.</summary>
internal static class JsonTarget
{
    public static void Read(byte[] bytes)
    {
        var errors = new FieldErrors();
        if (MessageReader.Read(new ReadOnlySequence<byte>(bytes), 100, errors, default) is not { } request)
        {
            Claim.That(errors.Any);
            return;
        }
        using var composed = MimeComposer.Compose(request, "mx.test", DateTimeOffset.UnixEpoch, errors, default);
        Claim.Same(composed is null, errors.Any);
        if (composed is null)
            return;
        Claim.That(SmtpMailbox.TryParseLenient(composed.Sender, out _) && composed.Recipients.All(recipient => SmtpMailbox.TryParseLenient(recipient.Address, out _)));
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        format.International = composed.NeedsUtf8;
        using var stream = new MemoryStream();
        composed.Message.WriteTo(format, stream);
        Claim.WholeLines(stream.ToArray());
    }
}

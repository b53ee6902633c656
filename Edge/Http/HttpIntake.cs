using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using MimeKit;
using Slimta.Smtp.Server;
using Slimta.Storage;

namespace Slimta.Edge.Http;

/// <summary>Brings a request's message into the queue.</summary>
internal sealed class HttpIntake(IntakeServices services)
{
    /// <summary>The request body is the message, and goes through without being held.</summary>
    public async Task<SubmissionResult> TakeRawAsync(HttpContext http, Submission submission)
    {
        if (services.Senders.CheckSender(submission.Client, submission.Sender) is { } notYours)
            return notYours;
        LimitBody(http, services.Options.Smtp.Limits.MaxMessageBytes);
        await using var intake = Begin(submission);
        using var hash = submission.IdempotencyKey is null ? null : Fingerprint(submission);
        var decoder = new ContentDecoder(services.Options.Smtp.Limits.MaxLineBytes, services.Options.Smtp.BareLineFeed, dots: false);
        var mark = new ByteOrderMark();
        while (true)
        {
            var read = await http.Request.BodyReader.ReadAsync(http.RequestAborted);
            SubmissionResult? refusal = null;
            foreach (var piece in read.Buffer)
            {
                hash?.AppendData(piece.Span);
                var rest = mark.Skip(piece);
                while (refusal is null && decoder.TryRead(ref rest, out var part))
                    refusal = await intake.WriteAsync(part);
                refusal ??= FaultOf(decoder);
                if (refusal is not null)
                    break;
            }
            // Also of a message that is refused, or the connection could not be used for the next.
            http.Request.BodyReader.AdvanceTo(read.Buffer.End);
            if (refusal is not null)
                return refusal.Value;
            if (read.IsCompleted)
                break;
        }
        var end = decoder.Finish();
        if (FaultOf(decoder) is { } last)
            return last;
        return !end.IsEmpty && await intake.WriteAsync(end) is { } late
            ? late
            : await intake.CompleteAsync(hash is null ? null : Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <param name="fingerprint">Identifies a repeated request.</param>
    public async Task<SubmissionResult> TakeComposedAsync(
        Submission submission, MimeMessage message, string? fingerprint, CancellationToken cancellationToken)
    {
        if (services.Senders.CheckSender(submission.Client, submission.Sender) is { } notYours)
            return notYours;
        await using var intake = Begin(submission);
        await using var content = new IntakeStream(intake);
        await using (var pieces = new BufferedStream(content, 64 * 1024))
        {
            await message.WriteToAsync(
                new FormatOptions { NewLineFormat = NewLineFormat.Dos, EnsureNewLine = true, International = submission.SmtpUtf8 }, pieces, cancellationToken);
            await pieces.FlushAsync(cancellationToken);
        }
        return content.Refusal is { } refusal ? refusal : await intake.CompleteAsync(fingerprint);
    }

    public static void LimitBody(HttpContext http, long bytes)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
            feature.MaxRequestBodySize = bytes;
    }

    private MessageIntake Begin(Submission submission)
    {
        // The fingerprint is known only at the end; announcing one spares the queue making its own.
        var options = submission.IdempotencyKey is { } key ? new WriteOptions { IdempotencyKey = key, Fingerprint = "" } : null;
        return new(services, submission.ToEnvelope(services.Options.Hostname, services.Time.GetUtcNow()), options);
    }

    /// <summary>A fingerprint that starts with the sender and the recipients, which are part of the request.</summary>
    private static IncrementalHash Fingerprint(Submission submission)
    {
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Join('\0', submission.Recipients.Select(r => r.Address).Prepend(submission.Sender)) + "\0\0"));
        return hash;
    }

    private static SubmissionResult? FaultOf(in ContentDecoder decoder) => decoder.Fault switch
    {
        ContentFault.BareLineEnd => SubmissionOutcome.BareLineEnd,
        ContentFault.LineTooLong => SubmissionOutcome.LineTooLong,
        _ => null,
    };
}

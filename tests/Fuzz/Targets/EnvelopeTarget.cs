using System.Text;
using Microsoft.AspNetCore.Http;
using Slimta.Edge.Http;
using Slimta.Smtp;

namespace Slimta.Fuzz.Targets;

/// <summary>The envelope of an HTTP request: lines of header fields, and a query in the first line where it begins with "?".</summary>
internal static class EnvelopeTarget
{
    public static void Read(byte[] bytes)
    {
        var http = new DefaultHttpContext();
        foreach (var line in Encoding.UTF8.GetString(bytes).Split('\n'))
        {
            if (line.StartsWith('?'))
                http.Request.QueryString = new QueryString(line);
            else if (line.Split(": ", 2) is [{ Length: > 0 } name, var value])
                http.Request.Headers.Append(name, value);
        }
        foreach (var errors in new[] { new FieldErrors(), new FieldErrors() })
        {
            var read = SubmissionReader.IsSlimta(http.Request)
                ? SubmissionReader.ReadSlimta(http.Request, "key", 100, errors)
                : SubmissionReader.Read(http.Request, "key", 100, errors);
            Claim.Same(read is null, errors.Any);
            if (read is null)
                continue;
            Claim.That(read.Recipients.Count is > 0 and <= 100);
            Claim.That(read.Sender.Length == 0 || SmtpMailbox.TryParseLenient(read.Sender, out _));
            Claim.That(read.Recipients.All(recipient => SmtpMailbox.TryParseLenient(recipient.Address, out _)));
        }
    }
}

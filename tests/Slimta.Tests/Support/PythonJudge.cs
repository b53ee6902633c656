using System.Diagnostics;
using System.Text;

namespace Slimta.Tests;

/// <summary>Python's standard library as an independent judge: it gets bytes on its standard input and says what it makes of them.</summary>
internal static class PythonJudge
{
    /// <summary>Parses a message under the strict policy and reads every part; a defect is an error.</summary>
    private const string StrictEmail = """
        import email, email.policy, sys
        data = sys.stdin.buffer.read()
        message = email.message_from_bytes(data, policy=email.policy.strict)
        international = b'message/global-delivery-status' in data
        # Python knows nothing of RFC 6532.
        of_python = ('NonASCIILocalPartDefect', 'UndecodableBytesDefect') if international else ()
        assert message.get_content_type() == 'multipart/report', message.get_content_type()
        for part in message.walk():
            assert not part.defects, (part.get_content_type(), part.defects)
            for name, value in part.items():
                str(value)
                defects = [defect for defect in getattr(value, 'defects', ()) if type(defect).__name__ not in of_python]
                assert not defects, (name, value, defects)
        raw = data.split(b'\r\n')
        assert b'\n' not in b''.join(raw) and b'\r' not in b''.join(raw), 'bare CR or LF'
        assert max(len(line) for line in raw) <= 998, 'a line of more than 998 octets'
        head, _, body = data.partition(b'\r\n\r\n')
        boundary = b'--' + message.get_boundary().encode()
        for chunk in body.split(boundary)[1:]:
            fields, _, content = chunk.partition(b'\r\n\r\n')
            if b'8bit' not in fields.lower():
                assert content.isascii(), b'8 bits in a part that says 7bit: ' + fields
            assert international or fields.isascii()
        status = message.get_payload(1)
        assert status.get_content_type() in ('message/delivery-status', 'message/global-delivery-status')
        if status.get_content_type() == 'message/delivery-status':
            groups = status.get_payload()
            assert groups[0]['Reporting-MTA'], 'no Reporting-MTA'
            for group in groups[1:]:
                if not group.keys():
                    continue
                for field in ('Final-Recipient', 'Action', 'Status'):
                    assert group[field], field
                print(group['Diagnostic-Code'])
        """;

    /// <summary>What it reads as the reports' diagnostic codes.</summary>
    /// <exception cref="Xunit.Sdk.XunitException">It finds a defect.</exception>
    public static Task<string> ReadReportAsync(byte[] message) => RunAsync(StrictEmail, message);

    public static async Task<string> RunAsync(string script, byte[] input)
    {
        var start = new ProcessStartInfo("python3", ["-c", script])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            Environment = { ["PYTHONIOENCODING"] = "utf-8" },
        };
        using var python = Process.Start(start)!;
        var (output, errors) = (python.StandardOutput.ReadToEndAsync(), python.StandardError.ReadToEndAsync());
        await python.StandardInput.BaseStream.WriteAsync(input);
        python.StandardInput.Close();
        await python.WaitForExitAsync();
        Assert.True(python.ExitCode == 0, $"{await errors}\n{Encoding.UTF8.GetString(input)}");
        return await output;
    }
}

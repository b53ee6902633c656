using Slimta.EndToEnd.Bench.Processes;

namespace Slimta.EndToEnd.Bench.Load;

/// <summary>Postfix's smtp-source.</summary>
internal static class SmtpSource
{
    /// <summary>Until every message was answered with 250.</summary>
    public static async Task SendAsync(int port, Mail mail, int messages, CancellationToken cancellationToken)
    {
        await using var process = Child.Start(Workshop.File("smtp-source.log"), null, "smtp-source",
            [.. Enumerable.Repeat("-d", mail.Kept ? 1 : 0), "-s", $"{mail.Sessions}", "-m", $"{messages}", "-l", $"{mail.Bytes}", "-r", $"{mail.Recipients}",
            "-f", "sender@source.bench", "-t", "recipient@sink.bench", $"127.0.0.1:{port}"]);
        await process.SucceedAsync(cancellationToken);
    }
}

/// <summary>What is sent and how.</summary>
/// <param name="Kept">Connections are used again; otherwise each message has its own.</param>
internal sealed record Mail(int Bytes = 4096, int Sessions = 20, bool Kept = false, int Recipients = 1);
